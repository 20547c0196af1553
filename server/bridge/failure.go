package bridge

import (
	"errors"
	"fmt"
	"time"
)

// Class says what is to be done about a platform's failure.
type Class uint8

// The classes of failures.
const (
	// Temporary passes by itself: back off and try again.
	Temporary Class = iota + 1
	// RateLimited passes after the stated wait.
	RateLimited
	// Reauthorize needs the admin or the seller: keep everything, stop calls.
	Reauthorize
	// Permanent will not work for this message.
	Permanent
	// Unsupported cannot be carried in this form.
	Unsupported
)

// String names the class for logs.
func (c Class) String() string {
	switch c {
	case Temporary:
		return "temporary"
	case RateLimited:
		return "rate-limited"
	case Reauthorize:
		return "reauthorize"
	case Permanent:
		return "permanent"
	case Unsupported:
		return "unsupported"
	default:
		return "unknown"
	}
}

// Cause is the particular failure, where something particular is done about
// it.
type Cause string

// The causes that are told apart.
const (
	CauseTokenExpired   Cause = "access token expired"
	CauseRefreshRefused Cause = "refresh refused"
	CauseScopeMissing   Cause = "scope missing"
	CauseDeactivated    Cause = "shop deactivated"
	CauseCodeSpent      Cause = "authorization code spent"
	CauseQuota          Cause = "daily quota reached"
	CauseSensitive      Cause = "sensitive content"
	CauseRules          Cause = "conversation rules"
	CauseConversation   Cause = "conversation unknown"
	CauseCredentials    Cause = "credentials refused"
	CauseNotLatest      Cause = "not the latest conversation"
	CauseTopic          Cause = "topic unavailable"
	CauseBotRefused     Cause = "author refused"
	CauseHost           Cause = "host unknown"
	CauseClock          Cause = "clock wrong"
	CauseOurs           Cause = "configuration wrong"
	// CauseMedia says that a file was not taken in this form; another form of
	// it, or words, may be.
	CauseMedia Cause = "media refused"
	// CauseUnsafe says that a file was found to be harmful: it goes over in no
	// form at all.
	CauseUnsafe Cause = "file unsafe"
	// CauseLink says that the address of a file no longer works.
	CauseLink Cause = "link expired"
)

// Failure is what a platform client returns when a call did not succeed.
type Failure struct {
	// Op names the call, for example "tiktok send message".
	Op    string
	Class Class
	Cause Cause
	// Certain is true when the platform surely did not do what was asked.
	// It is false when the request may have arrived and the answer is not
	// known.
	Certain bool
	// Wait is the platform's stated wait, at least.
	Wait time.Duration
	// Status, Code and RequestID are the platform's, for the log.
	Status    int
	Code      string
	RequestID string
	// Words are for the person who wrote the message or fills in the form;
	// empty when the class says it all.
	Words string
	// Err is the underlying cause, for the log only.
	Err error
}

// Error is for the log: it holds neither secrets nor addresses.
func (f *Failure) Error() string {
	text := fmt.Sprintf("%s: %s", f.Op, f.Class)
	if f.Cause != "" {
		text += ", " + string(f.Cause)
	}

	if f.Status != 0 {
		text += fmt.Sprintf(", status %d", f.Status)
	}

	if f.Code != "" {
		text += ", code " + f.Code
	}

	if f.RequestID != "" {
		text += ", request " + f.RequestID
	}

	if f.Err != nil {
		text += ": " + f.Err.Error()
	}

	return text
}

// Unwrap returns the underlying cause.
func (f *Failure) Unwrap() error { return f.Err }

// AsFailure returns the failure inside an error. An error without one counts
// as temporary and uncertain, the safest that can be said of it.
func AsFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}

	return &Failure{Op: "call", Class: Temporary, Err: err}
}

// HasCause reports whether an error is a failure for this cause.
func HasCause(err error, cause Cause) bool {
	var f *Failure

	return errors.As(err, &f) && f.Cause == cause
}
