package dial

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestReadLimited(t *testing.T) {
	for _, tt := range []struct {
		name  string
		body  string
		large bool
	}{
		{"nothing", "", false},
		{"below the limit", "abc", false},
		{"exactly the limit", "abcd", false},
		{"one byte above the limit", "abcde", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadLimited(strings.NewReader(tt.body), 4)
			var large *TooLargeError
			if errors.As(err, &large) != tt.large {
				t.Fatalf("err = %v, want too large: %v", err, tt.large)
			}
			if tt.large && large.Limit != 4 {
				t.Errorf("Limit = %d, want 4", large.Limit)
			}
			if !tt.large && string(got) != tt.body {
				t.Errorf("got %q, want %q", got, tt.body)
			}
		})
	}
}

func TestReadLimitedPassesTheReadersErrorOn(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("ab"), iotestErr{io.ErrUnexpectedEOF})
	if _, err := ReadLimited(broken, 4); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("err = %v, want the reader's", err)
	}
}

type iotestErr struct{ err error }

func (e iotestErr) Read([]byte) (int, error) { return 0, e.err }

func TestClientDoesNotFollowRedirects(t *testing.T) {
	srv := httptest.NewServer(http.RedirectHandler("http://169.254.169.254/latest", http.StatusFound))
	defer srv.Close()
	c := NewClient(NewTransport(Options{AllowLoopback: true}), time.Minute)
	defer c.CloseIdleConnections()

	resp, err := c.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Errorf("status = %d, want the redirect itself", resp.StatusCode)
	}
}

func TestClientTimeoutCoversTheBody(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-release
	}))
	defer srv.Close()
	defer close(release)
	c := NewClient(NewTransport(Options{AllowLoopback: true}), 100*time.Millisecond)
	defer c.CloseIdleConnections()

	resp, err := c.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := ReadLimited(resp.Body, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reading an endless body: %v, want the deadline", err)
	}
}

func TestClosingTheBodyEndsTheRequest(t *testing.T) {
	var seen context.Context
	next := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		seen = r.Context()

		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("x"))}, nil
	})

	resp, err := NewClient(next, time.Hour).Get("http://any.example/")
	if err != nil {
		t.Fatal(err)
	}
	if seen.Err() != nil {
		t.Fatal("ended while its body was still open")
	}
	_ = resp.Body.Close()
	if seen.Err() == nil {
		t.Error("still holds its timer after the body was closed")
	}
}

func TestTheEarlierDeadlineCounts(t *testing.T) {
	for name, test := range map[string]struct {
		own  time.Duration
		left bool
	}{
		"a request that ends sooner is left as it is": {time.Minute, true},
		"one that would take longer is cut":           {3 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			var seen context.Context
			next := roundTripFunc(func(r *http.Request) (*http.Response, error) {
				seen = r.Context()

				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			})
			ctx, cancel := context.WithTimeout(t.Context(), test.own)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://any.example/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}

			resp, err := NewClient(next, time.Hour).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()

			own, _ := ctx.Deadline()
			end, _ := seen.Deadline()
			if left := seen == ctx; left != test.left || end.After(own) || !left && !end.Before(own) {
				t.Errorf("left alone: %v, ends at %v with %v of its own", left, end, own)
			}
		})
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
