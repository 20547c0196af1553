package freshchat

import (
	"errors"
	"testing"

	"sellerchat/server/bridge"
)

func TestNothingLeavesForAHostThatIsNotAllowed(t *testing.T) {
	p := answering(t, 200, `{"app_id":"x"}`)
	p.client.hosts = Hosts{entries: []hostEntry{{name: ".freshchat.com"}}}

	err := account(p)

	var refusal *bridge.Error
	if f := bridge.AsFailure(err); f.Cause != bridge.CauseHost || f.Class != bridge.Reauthorize || !f.Certain || f.Words == "" || !errors.As(err, &refusal) || refusal.Field != "freshchat_domain" {
		t.Errorf("error = %v", err)
	}

	if n := p.count(); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestLoopbackIsForDevelopmentOnly(t *testing.T) {
	p := answering(t, 200, `{"app_id":"x"}`)
	p.client.insecure = false

	if f := bridge.AsFailure(account(p)); f.Cause != bridge.CauseHost || f.Words == "" {
		t.Errorf("error = %v", f)
	}

	if n := p.count(); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestIdentifiersCannotLeaveTheirPlace(t *testing.T) {
	for _, tt := range []struct {
		thread bridge.ThreadID
		path   string // empty: no call
	}{
		{"", ""},
		{".", ""},
		{"..", ""},
		{"a/../b", "/v2/conversations/a%2F..%2Fb/messages"},
		{"a?x=1#y", "/v2/conversations/a%3Fx=1%23y/messages"},
		{"a b", "/v2/conversations/a%20b/messages"},
	} {
		p := answering(t, 200, `{"id":"m"}`)

		_, err := p.client.Post(t.Context(), p.access, tt.thread, bridge.Post{User: user1, Piece: bridge.Words("x")})
		if tt.path == "" {
			if err == nil || p.count() != 0 {
				t.Errorf("%q: error %v, %d calls", tt.thread, err, p.count())
			}

			continue
		}

		if got := p.only().Path; got != tt.path {
			t.Errorf("%q: path %q, want %q", tt.thread, got, tt.path)
		}
	}
}

func TestAKeyIsTakenAsItIsPasted(t *testing.T) {
	for _, tt := range []struct {
		name, pasted, want string
	}{
		{"as it is", "a.b.c", "Bearer a.b.c"},
		{"with blanks and a line break", " a.b\n.c\t", "Bearer a.b.c"},
		{"with the scheme before it", "Bearer a.b.c", "Bearer a.b.c"},
		{"with the scheme in small letters", "bearer  a.b.c", "Bearer a.b.c"},
		{"nothing", "  ", ""},
		{"only the scheme", "Bearer ", ""},
		{"letters that are in no key", "ä.b.c", ""},
		{"a control character", "a.\x00b", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := answering(t, 200, `{"app_id":"x"}`)
			p.access.Key = tt.pasted
			err := account(p)

			if tt.want != "" {
				if err != nil || p.only().Auth != tt.want {
					t.Errorf("sent %q, error %v; want %q", p.only().Auth, err, tt.want)
				}

				return
			}

			if !bridge.HasCause(err, bridge.CauseCredentials) || p.count() != 0 {
				t.Errorf("error %v, %d calls", err, p.count())
			}
		})
	}
}
