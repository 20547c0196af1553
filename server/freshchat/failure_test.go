package freshchat

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// Calls that stand for their kind.
var (
	postAsBuyer = func(p *platform) error {
		_, err := p.client.Post(context.Background(), p.access, thread1, bridge.Post{User: user1, Piece: bridge.Words("x")})

		return err
	}
	noteAsBot = func(p *platform) error {
		_, err := p.client.Post(context.Background(), p.access, thread1, bridge.Post{Private: true, Piece: bridge.Words("x")})

		return err
	}
	noteAsAgent = func(p *platform) error {
		_, err := p.client.Post(context.Background(), p.access, thread1, bridge.Post{Private: true, Agent: agent1, Piece: bridge.Words("x")})

		return err
	}
	postPicture = func(p *platform) error {
		piece := bridge.Piece{Kind: bridge.PartImage, Ref: "https://x.example/1.png"}
		_, err := p.client.Post(context.Background(), p.access, thread1, bridge.Post{User: user1, Piece: piece})

		return err
	}
	openWithVideo = func(p *platform) error {
		piece := bridge.Piece{Kind: bridge.PartVideo, Ref: "https://x.example/1.mp4"}
		_, err := p.client.Open(context.Background(), p.access, bridge.Opening{Topic: topic1, User: user1, Piece: piece})

		return err
	}
	open = func(p *platform) error {
		_, err := p.client.Open(context.Background(), p.access, bridge.Opening{Topic: topic1, User: user1, Piece: bridge.Words("x")})

		return err
	}
	topics = func(p *platform) error {
		_, err := p.client.Topics(context.Background(), p.access)

		return err
	}
	account = func(p *platform) error {
		_, err := p.client.Account(context.Background(), p.access)

		return err
	}
	rename = func(p *platform) error { return p.client.RenamePerson(context.Background(), p.access, user1, "x") }
	read   = func(p *platform) error {
		_, err := p.client.Messages(context.Background(), p.access, thread1, time.Time{})

		return err
	}
)

const htmlPage = "<!doctype html><title>Not here</title>"

func said(message string) string {
	return `{"code":400,"status":"INVALID_VALUE","message":"` + message + `"}`
}

func TestWhatARefusalMeans(t *testing.T) {
	for _, tt := range []struct {
		name   string
		call   func(*platform) error
		status int
		body   string
		want   verdict
	}{
		{"a refused key", account, 401, `{}`, verdict{bridge.Reauthorize, bridge.CauseCredentials, true}},
		{"a refused key in a page", account, 401, htmlPage, verdict{bridge.Reauthorize, bridge.CauseCredentials, true}},
		{"a missing right", topics, 403, `{}`, verdict{bridge.Reauthorize, bridge.CauseScopeMissing, true}},
		{"a page that forbids is somebody else's", topics, 403, htmlPage, verdict{bridge.Temporary, bridge.CauseHost, true}},
		{"a missing right of an agent's note", noteAsAgent, 403, `{}`, verdict{bridge.Reauthorize, bridge.CauseScopeMissing, true}},
		{"a bot that may not write", noteAsBot, 403, `{}`, verdict{bridge.Permanent, bridge.CauseBotRefused, true}},
		{"a bot that is no author", noteAsBot, 400, said("actor_type is not valid"), verdict{bridge.Permanent, bridge.CauseBotRefused, true}},
		{"a bot that is refused in words nobody knows", noteAsBot, 400, said("no"), verdict{bridge.Permanent, bridge.CauseBotRefused, true}},
		{"a bot whose note may have been posted", noteAsBot, 400, said("class A cannot be cast to class B"), verdict{bridge.Temporary, "", false}},
		{"a bot with a bad key", noteAsBot, 401, `{}`, verdict{bridge.Reauthorize, bridge.CauseCredentials, true}},
		{"not the latest conversation", postAsBuyer, 400, said("c1 is not the latest conversation of the user"), verdict{bridge.Permanent, bridge.CauseNotLatest, true}},
		{"not the latest conversation, in capitals", postAsBuyer, 400, said("NOT THE LATEST CONVERSATION"), verdict{bridge.Permanent, bridge.CauseNotLatest, true}},
		{"not the latest conversation, in the other envelope", postAsBuyer, 400, `{"success":false,"error_code":400,"error_message":"not the latest conversation"}`, verdict{bridge.Permanent, bridge.CauseNotLatest, true}},
		{"not the latest conversation, in the bare envelope", postAsBuyer, 400, `{"error":"not the latest conversation"}`, verdict{bridge.Permanent, bridge.CauseNotLatest, true}},
		{"a class cast, after which the message may be there", postAsBuyer, 400, said("java.lang.ClassCastException"), verdict{bridge.Temporary, "", false}},
		{"a class cast in other words", postAsBuyer, 400, said("TextFragment cannot be cast to EmailFragment"), verdict{bridge.Temporary, "", false}},
		{"an attachment that is empty", postAsBuyer, 400, said("IMAGE_EMPTY_CONTENT"), verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a picture that is not taken", postPicture, 400, said("INVALID_VALUE"), verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a picture that is not taken, without words", postPicture, 400, ``, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a picture that is too large", postPicture, 413, ``, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a picture after which the message may be there", postPicture, 400, said("ImageFragment cannot be cast to EmailFragment"), verdict{bridge.Temporary, "", false}},
		{"a picture for a conversation that is not the latest", postPicture, 400, said("not the latest conversation"), verdict{bridge.Permanent, bridge.CauseNotLatest, true}},
		{"a picture for a conversation that is gone", postPicture, 404, `{}`, verdict{bridge.Permanent, bridge.CauseConversation, true}},
		{"a picture with a key that may not post", postPicture, 403, `{}`, verdict{bridge.Reauthorize, bridge.CauseScopeMissing, true}},
		{"a picture that a success says was not taken", postPicture, 200, `{"id":"m","error_message":"IMAGE_EMPTY_CONTENT"}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a picture that a success in a list says was not taken", postPicture, 200, `{"messages":[{"id":"m","status":"failed"}]}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a picture that a success cannot tell about", postPicture, 200, `{"id":"m","error_message":"class A cannot be cast to class B"}`, verdict{bridge.Temporary, "", false}},
		{"a picture and a fault", postPicture, 503, `{}`, verdict{bridge.Temporary, "", false}},
		{"an opening with a video that is not taken", openWithVideo, 400, said("VIDEO_EMPTY_CONTENT"), verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"an opening with a video that may be there", openWithVideo, 400, said("ClassCastException"), verdict{bridge.Temporary, "", false}},
		{"an opening whose video a success says was not taken", openWithVideo, 200, `{"conversation_id":"c","messages":[{"error_code":400}]}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"an opening that a success says was not made", openWithVideo, 200, `{"success":false,"error_message":"no"}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"an opening in a topic that a success says is off", openWithVideo, 200, `{"error_code":400,"error_message":"channel is not enabled"}`, verdict{bridge.Reauthorize, bridge.CauseTopic, true}},
		{"another bad value", postAsBuyer, 400, said("TEXT_EMPTY_CONTENT"), verdict{bridge.Permanent, "", true}},
		{"an empty refusal", postAsBuyer, 400, ``, verdict{bridge.Permanent, "", true}},
		{"a topic that is switched off", open, 400, said("channel is not enabled"), verdict{bridge.Reauthorize, bridge.CauseTopic, true}},
		{"a topic that is invalid", open, 400, said("Invalid channel id"), verdict{bridge.Reauthorize, bridge.CauseTopic, true}},
		{"a topic that is gone", open, 404, said("channel not found"), verdict{bridge.Reauthorize, bridge.CauseTopic, true}},
		{"a user that is gone", open, 404, said("user not found"), verdict{bridge.Permanent, "", true}},
		{"a conversation that is gone", postAsBuyer, 404, said("conversation not found"), verdict{bridge.Permanent, bridge.CauseConversation, true}},
		{"a conversation that is gone, without words", read, 404, ``, verdict{bridge.Permanent, bridge.CauseConversation, true}},
		{"a user to rename who is gone", rename, 404, `{}`, verdict{bridge.Permanent, "", true}},
		{"an API that is not there", account, 404, `{}`, verdict{bridge.Temporary, bridge.CauseHost, true}},
		{"a page that is not there", account, 404, htmlPage, verdict{bridge.Temporary, bridge.CauseHost, true}},
		{"a page instead of an answer", account, 200, htmlPage, verdict{bridge.Temporary, bridge.CauseHost, true}},
		{"a page instead of an answer to a post", postAsBuyer, 200, htmlPage, verdict{bridge.Temporary, bridge.CauseHost, false}},
		{"a page instead of an answer that nobody reads", rename, 200, htmlPage, verdict{bridge.Temporary, bridge.CauseHost, false}},
		{"an answer that is not the account's", account, 200, `{"status":"ok"}`, verdict{bridge.Temporary, bridge.CauseHost, true}},
		{"an answer that is cut off", account, 200, `{"app_id":"x`, verdict{bridge.Temporary, "", true}},
		{"an answer to a post that is cut off", postAsBuyer, 200, `{"id":"x`, verdict{bridge.Temporary, "", false}},
		{"an answer to a post that is empty", postAsBuyer, 200, ``, verdict{bridge.Temporary, "", false}},
		{"an answer to a post that names nothing", postAsBuyer, 200, `{}`, verdict{bridge.Temporary, "", false}},
		{"an opening that names nothing", open, 200, `{}`, verdict{bridge.Temporary, "", false}},
		{"a conflict", rename, 409, `{}`, verdict{bridge.Temporary, "", true}},
		{"a message that is too large", postAsBuyer, 413, `{}`, verdict{bridge.Unsupported, "", true}},
		{"too many calls", postAsBuyer, 429, `{}`, verdict{bridge.RateLimited, "", true}},
		{"too many calls, in a page", postAsBuyer, 429, htmlPage, verdict{bridge.RateLimited, "", true}},
		{"a fault while reading", read, 500, `{}`, verdict{bridge.Temporary, "", true}},
		{"a fault while writing", postAsBuyer, 500, `{}`, verdict{bridge.Temporary, "", false}},
		{"a gateway's fault while writing", postAsBuyer, 502, htmlPage, verdict{bridge.Temporary, "", false}},
		{"no service is no proof either", postAsBuyer, 503, `{}`, verdict{bridge.Temporary, "", false}},
		{"a gateway that waited in vain", postAsBuyer, 504, ``, verdict{bridge.Temporary, "", false}},
		{"a message that a success says was not taken", postAsBuyer, 200, `{"id":"m","error_code":400,"error_message":"content blocked"}`, verdict{bridge.Permanent, "", true}},
		{"a message that a success says failed", postAsBuyer, 200, `{"id":"m","status":"FAILED"}`, verdict{bridge.Permanent, "", true}},
		{"a message that a success refuses by a code", postAsBuyer, 200, `{"id":"m","error_code":"INVALID_VALUE"}`, verdict{bridge.Permanent, "", true}},
		{"a message that a success refuses by a category", postAsBuyer, 200, `{"id":"m","error_category":"MESSAGE_DELIVERY"}`, verdict{bridge.Permanent, "", true}},
		{"a success that means another conversation", postAsBuyer, 200, `{"id":"m","error_message":"not the latest conversation"}`, verdict{bridge.Permanent, bridge.CauseNotLatest, true}},
		{"a success that means later", postAsBuyer, 200, `{"error_code":"429","error_message":"slow down"}`, verdict{bridge.RateLimited, "", true}},
		{"a first message that a success says was not taken", open, 200, `{"conversation_id":"c","messages":[{"error_message":"blocked"}]}`, verdict{bridge.Permanent, "", true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := play(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			err := tt.call(p)

			var f *bridge.Failure
			if !errors.As(err, &f) {
				t.Fatalf("error = %v, want a failure", err)
			}

			if got := (verdict{f.Class, f.Cause, f.Certain}); got != tt.want {
				t.Errorf("got %v %q certain %v, want %v %q certain %v", got.Class, got.Cause, got.Certain, tt.want.Class, tt.want.Cause, tt.want.Certain)
			}

			if n := p.count(); n != 1 {
				t.Errorf("%d calls, want one", n)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer elsewhere.Close()

	for _, status := range []int{301, 302, 303, 307, 308} {
		p := play(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, status) })

		if f := bridge.AsFailure(postAsBuyer(p)); f.Cause != bridge.CauseHost || !f.Certain {
			t.Errorf("%d: %v, certain %v", status, f, f.Certain)
		}
	}
}

func TestAnOpeningWithoutItsMessageIsStillNamed(t *testing.T) {
	p := answering(t, 200, `{"conversation_id":"c","conversation_internal_id":7,"messages":[{"error_message":"blocked"}]}`)

	got, err := p.client.Open(t.Context(), p.access, bridge.Opening{Topic: topic1, User: user1, Piece: bridge.Words("x")})
	if want := (bridge.Opened{Thread: "c", Numeric: "7"}); got != want || err == nil {
		t.Errorf("Open = %v, %v; want %v and a failure", got, err, want)
	}
}

func TestWhatIsMissingIsNotFound(t *testing.T) {
	if err := rename(answering(t, 404, `{}`)); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("rename: %v", err)
	}

	p := answering(t, 404, `{}`)
	if _, err := p.client.Threads(t.Context(), p.access, user1); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("threads: %v", err)
	}

	if err := postAsBuyer(answering(t, 404, `{}`)); errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("post: %v", err)
	}
}

// The admin has to learn which of her two values is wrong, or that neither is.
func TestFourFaultsAreFourSentences(t *testing.T) {
	silent := answering(t, 200, ``)
	silent.access.Host = "127.0.0.1:1"

	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"the key", account(answering(t, 401, `{}`)), "Freshchat did not accept this API key. Copy it again from API DETAILS FOR CHAT: the box above it belongs to another product."},
		{"its rights", topics(answering(t, 403, `{}`)), "The key works, but may not read topics. An account admin can make a new one on the same screen."},
		{"the host", account(answering(t, 404, htmlPage)), "HOST does not answer as Freshchat does. Copy the chat URL again from API DETAILS FOR CHAT."},
		{"the network", account(silent), "We could not reach 127.0.0.1:1. Check the spelling, or try again in a minute if it is right."},
		{"Freshchat itself", account(answering(t, 503, `{}`)), "Freshchat could not do this just now. Try again in a minute."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			words := bridge.AsFailure(tt.err).Words
			if !strings.HasSuffix(words, strings.TrimPrefix(tt.want, "HOST")) {
				t.Errorf("words = %q, want %q", words, tt.want)
			}

			if strings.ContainsAny(words, "{}!") {
				t.Errorf("words = %q", words)
			}
		})
	}
}

func TestHowLongToWait(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		header map[string]string
		want   time.Duration
	}{
		{"in seconds", 429, map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{"until a date", 429, map[string]string{"Retry-After": testNow.Add(90 * time.Second).Format(http.TimeFormat)}, 90 * time.Second},
		{"until the limit is reset", 429, map[string]string{"X-RateLimit-Reset": "1767268830"}, 30 * time.Second},
		{"the standard header goes first", 429, map[string]string{"Retry-After": "7", "X-RateLimit-Reset": "1767268830"}, 7 * time.Second},
		{"a reset that has passed", 429, map[string]string{"X-RateLimit-Reset": "1767268000"}, 0},
		{"a reset that never comes", 429, map[string]string{"X-RateLimit-Reset": "9999999999"}, dial.MaxRetryAfter},
		{"a reset that is no number", 429, map[string]string{"X-RateLimit-Reset": "soon"}, 0},
		{"not told", 429, nil, 0},
		{"while out of service", 503, map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{"a reset is told with every answer and means nothing without 429", 503, map[string]string{"X-RateLimit-Reset": "1767268830"}, 0},
		{"not for a refusal", 400, map[string]string{"Retry-After": "7"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := play(t, func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}

				w.WriteHeader(tt.status)
			})

			if f := bridge.AsFailure(postAsBuyer(p)); f.Wait != tt.want {
				t.Errorf("wait = %v, want %v", f.Wait, tt.want)
			}
		})
	}
}

func TestAConnectionThatBreaks(t *testing.T) {
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

	if f := bridge.AsFailure(postAsBuyer(play(t, cut))); f.Class != bridge.Temporary || f.Certain {
		t.Errorf("a post whose answer was lost: %v, certain %v", f, f.Certain)
	}

	if f := bridge.AsFailure(read(play(t, cut))); f.Class != bridge.Temporary || !f.Certain {
		t.Errorf("a read whose answer was lost: %v, certain %v", f, f.Certain)
	}

	p := play(t, cut)
	p.access.Host = "127.0.0.1:1"

	if f := bridge.AsFailure(postAsBuyer(p)); f.Class != bridge.Temporary || !f.Certain {
		t.Errorf("a post that found no server: %v, certain %v", f, f.Certain)
	}
}

func TestACancelledCallSaysSo(t *testing.T) {
	p := answering(t, 200, `{}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := p.client.Account(ctx, p.access)
	if f := bridge.AsFailure(err); !errors.Is(err, context.Canceled) || f.Words != "" {
		t.Errorf("error = %v with words %q", err, f.Words)
	}
}

// Whatever the platform answers, and whatever goes wrong on the way, neither
// the key nor what people wrote is in an error, in words or in the log.
func TestNothingSecretIsRepeated(t *testing.T) {
	const wrote = "my address is 1 Planted Street"

	echo := `{"code":400,"status":"` + planted + ` & ` + wrote + `","message":"bad token ` + planted + `: ` + wrote + `","app_id":""}`

	var log strings.Builder

	for _, status := range []int{200, 302, 400, 401, 403, 404, 409, 413, 429, 500, 503} {
		p := play(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Trace-Id", "trace-1")
			w.Header().Set("Location", "https://evil.example/?key="+planted)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, echo)
		})
		p.client.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))

		for _, host := range []string{p.access.Host, "127.0.0.1:1"} {
			p.access.Host = host
			_, findErr := p.client.FindPerson(t.Context(), p.access, wrote)
			_, postErr := p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: user1, Piece: bridge.Words(wrote)})

			for _, err := range []error{findErr, postErr, account(p), topics(p)} {
				if err == nil {
					continue
				}

				for _, text := range []string{err.Error(), bridge.AsFailure(err).Words} {
					if strings.Contains(text, planted) || strings.Contains(text, "Planted Street") {
						t.Errorf("%d: %s", status, text)
					}
				}
			}
		}
	}

	if text := log.String(); strings.Contains(text, planted) || strings.Contains(text, "Planted") || !strings.Contains(text, "trace_id=trace-1") {
		t.Errorf("log:\n%s", text)
	}
}
