package bridge

import "errors"

// What stores and rules answer. They are matched with errors.Is.
var (
	// ErrNotFound says that there is no such thing, or none of the caller's.
	ErrNotFound = errors.New("not found")
	// ErrGone says that there was such a thing, and that its time is over.
	ErrGone = errors.New("gone")
	// ErrConflict says that the thing is no longer as the caller saw it.
	ErrConflict = errors.New("changed meanwhile")
	// ErrFenced says that another claim of the lane has taken over.
	ErrFenced = errors.New("claim is no longer in force")
	// ErrShopTaken says that another account holds the shop.
	ErrShopTaken = errors.New("shop is connected to another account")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("store is closed")
)

// Code is the kind of an error for people.
type Code string

// The kinds of errors for people.
const (
	Invalid      Code = "invalid"
	Unauthorized Code = "unauthorized"
	Forbidden    Code = "forbidden"
	Missing      Code = "missing"
	Gone         Code = "gone"
	Conflict     Code = "conflict"
	TooMany      Code = "too many"
	TooLarge     Code = "too large"
	Unavailable  Code = "unavailable"
	Internal     Code = "internal"
)

// Error is an error with words for the person who can do something about it.
// Every other error is internal: people get a neutral sentence, the log the
// cause.
type Error struct {
	Code Code
	// Field is the form field concerned, where there is one.
	Field string
	// Words are for people: what happened, why, what to do next.
	Words string
	// Err is the cause, for the log only.
	Err error
}

// Error is for the log.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Field != "" {
		text += " " + e.Field
	}

	text += ": " + e.Words
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}

	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the kind of an error; Internal when it carries none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}

	if errors.Is(err, ErrNotFound) {
		return Missing
	}

	if errors.Is(err, ErrGone) {
		return Gone
	}

	return Internal
}
