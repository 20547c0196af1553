package tiktok

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"sellerchat/server/bridge"
)

func TestWhatBecomesOfEveryRefusal(t *testing.T) {
	const none = bridge.Cause("")

	tests := []struct {
		name    string
		status  int
		code    int64
		message string
		want    outcome
	}{
		{"an expired access token", 401, 105002, "", outcome{bridge.Reauthorize, bridge.CauseTokenExpired, true}},
		{"the wrong kind of authorization", 401, 105001, "", outcome{bridge.Reauthorize, none, true}},
		{"a missing scope", 401, 105005, "", outcome{bridge.Reauthorize, bridge.CauseScopeMissing, true}},
		{"any other trouble with the authorization", 401, 105099, "", outcome{bridge.Reauthorize, none, true}},
		{"a token of another shop", 401, 101000, "", outcome{bridge.Reauthorize, none, true}},
		{"a wrong signature", 401, 106001, "", outcome{bridge.Permanent, bridge.CauseOurs, true}},
		{"a missing cipher", 400, 106013, "", outcome{bridge.Permanent, bridge.CauseOurs, true}},
		{"too many requests", 429, 36009002, "", outcome{bridge.RateLimited, none, true}},
		{"too many requests, told with 200", 200, 36009002, "", outcome{bridge.RateLimited, none, true}},
		{"the hourly limit of test shops", 429, 36009037, "", outcome{bridge.RateLimited, none, true}},
		{"an inner error", 500, 36009003, "", outcome{bridge.Temporary, none, false}},
		{"an inner error, told with 200", 200, 36009003, "", outcome{bridge.Temporary, none, false}},
		{"a time-out inside", 408, 36009007, "", outcome{bridge.Temporary, none, false}},
		{"a token that is named as invalid", 400, 36009004, "Invalid 'x-tts-access-token' header.", outcome{bridge.Reauthorize, bridge.CauseTokenExpired, true}},
		{"a timestamp that is named as invalid", 400, 36009004, "Invalid 'Timestamp' query parameter", outcome{bridge.Temporary, bridge.CauseClock, true}},
		{"a cipher where none is wanted", 400, 36009004, "shop_cipher is not required", outcome{bridge.Permanent, bridge.CauseOurs, true}},
		{"any other invalid parameter", 400, 36009004, "", outcome{bridge.Permanent, bridge.CauseOurs, true}},
		{"an unknown path", 404, 36009009, "", outcome{bridge.Permanent, bridge.CauseOurs, true}},
		{"a wrong method", 405, 36009010, "", outcome{bridge.Permanent, bridge.CauseOurs, true}},
		{"a wrong version", 400, 36009014, "", outcome{bridge.Permanent, bridge.CauseOurs, true}},
		{"a file that is too large", 400, 36009021, "", outcome{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a format that is not accepted", 400, 36009022, "", outcome{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a content type that is not accepted", 400, 36009023, "", outcome{bridge.Unsupported, bridge.CauseMedia, true}},
		{"our address is not on the list", 403, 36009033, "", outcome{bridge.Temporary, bridge.CauseOurs, true}},
		{"a deactivated shop", 401, 36009043, "", outcome{bridge.Reauthorize, bridge.CauseDeactivated, true}},
		{"a deactivated seller", 401, 36009044, "", outcome{bridge.Reauthorize, bridge.CauseDeactivated, true}},
		{"a spent code", 200, 36004004, "", outcome{bridge.Permanent, bridge.CauseCodeSpent, true}},
		{"an inner error of the chat", 200, 45101001, "", outcome{bridge.Temporary, none, false}},
		{"an invalid parameter of the chat", 400, 45101002, "", outcome{bridge.Permanent, none, true}},
		{"an unknown conversation", 404, 45101003, "", outcome{bridge.Permanent, bridge.CauseConversation, true}},
		{"the daily quota", 429, 45101004, "", outcome{bridge.RateLimited, bridge.CauseQuota, true}},
		{"sensitive words", 200, 45101006, "", outcome{bridge.Permanent, bridge.CauseSensitive, true}},
		{"somebody else's conversation", 403, 45102007, "", outcome{bridge.Permanent, none, true}},
		{"the rules of the conversation", 200, 45109001, "", outcome{bridge.Permanent, bridge.CauseRules, true}},
		{"a card that cannot be sent", 400, 45111017, "", outcome{bridge.Permanent, none, true}},
		{"an unknown code never says that the connection is broken", 401, 45999999, "", outcome{bridge.Permanent, none, true}},
		{"an unknown code with 429", 429, 45999999, "", outcome{bridge.RateLimited, none, true}},
		{"an unknown code with 503", 503, 45999999, "", outcome{bridge.Temporary, none, false}},
		{"a known refusal with a status that says it broke underway", 500, 45101006, "", outcome{bridge.Permanent, bridge.CauseSensitive, false}},
	}

	covered := map[int64]bool{}
	for _, test := range tests {
		covered[test.code] = true
		t.Run(test.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"code":%d,"message":%q,"data":null,"request_id":"r1"}`, test.code, test.message)
			_, err := sendOf(t, newClient(t, answering(test.status, body)))
			if got := outcomeOf(t, err); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}

			f := bridge.AsFailure(err)
			if f.Status != test.status || f.Code != fmt.Sprint(test.code) || f.RequestID != "r1" || f.Op != "tiktok send message" {
				t.Errorf("the log does not learn what happened: %v", f)
			}
			if f.Words == "" && (f.Class == bridge.Permanent || f.Class == bridge.Reauthorize || f.Class == bridge.Unsupported) {
				t.Error("the writer is not told what to do")
			}
		})
	}
	for code := range rules {
		if !covered[code] {
			t.Errorf("code %d has no row", code)
		}
	}
}

func TestAnAnswerThatCannotBeReadGoesByItsStatus(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		want   outcome
	}{
		"a success that is not JSON":             {200, `<html>`, outcome{bridge.Temporary, "", false}},
		"a success without a code":               {200, `{}`, outcome{bridge.Temporary, "", false}},
		"a success without data":                 {200, `{"code":0}`, outcome{bridge.Temporary, "", false}},
		"a success without an id":                {200, `{"code":0,"data":{}}`, outcome{bridge.Temporary, "", false}},
		"a success with data of another shape":   {200, `{"code":0,"data":[1]}`, outcome{bridge.Temporary, "", false}},
		"a success by its code, not its status":  {502, `{"code":0,"data":{"message_id":"1"}}`, outcome{bridge.Temporary, "", false}},
		"a redirect":                             {302, ``, outcome{bridge.Temporary, "", true}},
		"a gateway's refusal stops no shop":      {401, `<html>`, outcome{bridge.Temporary, "", true}},
		"a gateway that knows no such page":      {404, `not found`, outcome{bridge.Temporary, "", true}},
		"a gateway that finds the body too long": {413, ``, outcome{bridge.Unsupported, bridge.CauseMedia, true}},
		"a gateway that waited too long for us":  {408, ``, outcome{bridge.Temporary, "", false}},
		"a gateway that limits the rate":         {429, `slow down`, outcome{bridge.RateLimited, "", true}},
		"a gateway that lost the platform":       {504, ``, outcome{bridge.Temporary, "", false}},
		"an answer beyond every limit":           {200, `{"code":0,"x":"` + strings.Repeat("x", answerLimit) + `"}`, outcome{bridge.Temporary, "", false}},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := sendOf(t, newClient(t, answering(test.status, test.body)))
			if got := outcomeOf(t, err); got != test.want {
				t.Errorf("got %v, want %v (%v)", got, test.want, err)
			}
		})
	}
}

func TestCertaintyOfCallsWithoutAnAnswer(t *testing.T) {
	t.Run("nobody listens: surely not sent", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := "http://" + l.Addr().String()
		_ = l.Close()
		_, err = sendOf(t, clientOf(t, address))
		if got := outcomeOf(t, err); got != (outcome{bridge.Temporary, "", true}) {
			t.Errorf("got %v", got)
		}
	})

	t.Run("the answer is lost after the message was taken: perhaps sent", func(t *testing.T) {
		var taken atomic.Int32
		_, err := sendOf(t, newClient(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			taken.Add(1)
			panic(http.ErrAbortHandler)
		})))
		if got := outcomeOf(t, err); got != (outcome{bridge.Temporary, "", false}) {
			t.Errorf("got %v", got)
		}
		if n := taken.Load(); n != 1 {
			t.Errorf("the message was sent %d times", n)
		}
	})

	t.Run("the answer breaks off: perhaps sent", func(t *testing.T) {
		_, err := sendOf(t, newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"code":0,`)
		})))
		if got := outcomeOf(t, err); got != (outcome{bridge.Temporary, "", false}) {
			t.Errorf("got %v", got)
		}
	})

	t.Run("the caller gives up while waiting: perhaps sent", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := newClient(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			cancel()
			<-r.Context().Done()
		}))
		_, err := c.Send(ctx, testAccess, "42", bridge.Words("x"))
		if got := outcomeOf(t, err); got != (outcome{bridge.Temporary, "", false}) {
			t.Errorf("got %v", got)
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not say that the caller gave up", err)
		}
	})

	t.Run("an address that may not be called: surely not sent, and ours to mend", func(t *testing.T) {
		_, err := sendOf(t, clientOf(t, "http://10.0.0.1"))
		if got := outcomeOf(t, err); got != (outcome{bridge.Temporary, bridge.CauseOurs, true}) {
			t.Errorf("got %v", got)
		}
	})
}

func TestWaits(t *testing.T) {
	tests := map[string]struct {
		after string
		code  int64
		want  time.Duration
	}{
		"a stated wait":                       {after: "7", code: 36009002, want: 7 * time.Second},
		"a stated date":                       {after: "Mon, 23 Nov 2026 13:38:30 GMT", code: 36009002, want: time.Minute},
		"no stated wait":                      {code: 36009002, want: 0},
		"the quota lasts until midnight UTC":  {code: 45101004, want: 10*time.Hour + 22*time.Minute + 30*time.Second},
		"a shorter stated wait changes none":  {after: "7", code: 45101004, want: 10*time.Hour + 22*time.Minute + 30*time.Second},
		"test shops wait for the next hour":   {code: 36009037, want: 22*time.Minute + 30*time.Second},
		"a temporary failure states one too":  {after: "3", code: 36009003, want: 3 * time.Second},
		"an unreadable wait counts as no one": {after: "soon", code: 36009002, want: 0},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			platform := answering(http.StatusTooManyRequests, fmt.Sprintf(`{"code":%d}`, test.code))
			if test.after != "" {
				platform.header = map[string]string{"Retry-After": test.after}
			}
			_, err := sendOf(t, newClient(t, platform))
			if got := bridge.AsFailure(err).Wait; got != test.want {
				t.Errorf("wait is %v, want %v", got, test.want)
			}
		})
	}
}

func TestWordsAreForPeople(t *testing.T) {
	all := []rule{ours}
	for _, r := range rules {
		all = append(all, r)
	}
	for _, p := range parameterRules {
		all = append(all, p.rule)
	}
	// What people know by a number, beside which numbers are codes.
	known := strings.NewReplacer("30 minutes", "", "100 MB", "", "10 MB", "", "MP4", "")
	for _, r := range all {
		if words := known.Replace(r.words); strings.Count(words, ". ") > 1 || strings.ContainsAny(words, "!0123456789_") {
			t.Errorf("more than two sentences, a code or an exclamation mark: %q", r.words)
		}
	}
}

func TestPlainKeepsTheLogReadable(t *testing.T) {
	got := plain("bad\n token "+testAccess.Token+" "+strings.Repeat("é", 300), []string{testAccess.Token, ""})
	if strings.Contains(got, testAccess.Token) || strings.Contains(got, "\n") || len(got) > messageLimit+len("…") || !utf8.ValidString(got) {
		t.Errorf("got %q", got)
	}
}
