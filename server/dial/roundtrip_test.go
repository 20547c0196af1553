package dial

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// planted stands for the secrets that addresses may carry; no error may repeat it.
const planted = "planted-secret"

// post sends a body to base the way callers do.
func post(t *testing.T, c *http.Client, base string, header ...string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/send?sign="+planted, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}

	return do(c, req)
}

// do makes a call whose answer does not matter.
func do(c *http.Client, req *http.Request) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = ReadLimited(resp.Body, 1<<10)

	return err
}

func devClient(t *testing.T, timeout time.Duration) *http.Client {
	t.Helper()
	c := NewClient(NewTransport(Options{AllowLoopback: true}), timeout)
	t.Cleanup(c.CloseIdleConnections)

	return c
}

// want checks what a failed call says about whether it arrived.
func want(t *testing.T, err error, never bool) {
	t.Helper()
	if err == nil {
		t.Fatal("the call succeeded")
	}
	if NeverSent(err) != never {
		t.Errorf("NeverSent = %v, want %v; error: %v", !never, never, err)
	}
	if strings.Contains(Reason(err).Error(), planted) {
		t.Errorf("the reason carries the query: %v", Reason(err))
	}
}

func TestRefusedConnectionWasNeverSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	_ = l.Close()

	want(t, post(t, devClient(t, time.Minute), base), true)
}

func TestForbiddenAddressesAreNeverCalled(t *testing.T) {
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer srv.Close()
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	prod := NewClient(NewTransport(Options{}), time.Minute)
	for _, tt := range []struct {
		name   string
		client *http.Client
		base   string
	}{
		{"loopback in production", prod, srv.URL},
		{"loopback over https in production", prod, "https://127.0.0.1:" + port},
		{"a name of loopback in production", prod, "https://localhost:" + port},
		{"loopback over https in development", devClient(t, time.Minute), "https://127.0.0.1:" + port},
		{"metadata in development", devClient(t, time.Minute), "http://169.254.169.254:80"},
		{"mapped loopback in production", prod, "https://[::ffff:127.0.0.1]:" + port},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := post(t, tt.client, tt.base)
			want(t, err, true)
			if !errors.Is(err, ErrForbidden) {
				t.Errorf("err = %v, want ErrForbidden", err)
			}
		})
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("the server was called %d times", n)
	}
}

// A public name may resolve to this machine. The scheme and the name look right, so only
// the check at connecting can refuse it.
func TestNamesThatResolveToForbiddenAddressesAreRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	for _, dev := range []bool{false, true} {
		g := guard{
			public:        &net.Dialer{ControlContext: onlyPublic},
			loopback:      &net.Dialer{ControlContext: onlyLoopback},
			allowLoopback: dev,
		}
		// The trailing dot makes it a name that isLoopbackHost does not know.
		conn, err := g.dial(t.Context(), "tcp", net.JoinHostPort("localhost.", port))
		if err == nil {
			_ = conn.Close()
			t.Errorf("development %v: connected", dev)
			continue
		}
		var dns *net.DNSError
		if !errors.As(err, &dns) && !errors.Is(err, ErrForbidden) {
			t.Errorf("development %v: err = %v, want ErrForbidden", dev, err)
		}
	}
}

func TestCancelledBeforeConnectingWasNeverSent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1:1/", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	err = do(devClient(t, time.Minute), req)
	want(t, err, true)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

func TestSilentServerMayHaveActed(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)

	err := post(t, devClient(t, 100*time.Millisecond), srv.URL)
	want(t, err, false)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v, want the deadline", err)
	}
}

// A server that takes a request on a kept connection and hangs up without an answer is where
// net/http repeats what looks safe to repeat. Here it must not.
func TestLostAnswerIsNotRepeated(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header []string
	}{
		{"an ordinary post", nil},
		{"a post that claims to be repeatable", []string{"Idempotency-Key", "1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var taken atomic.Int32
			base := serveThenHangUp(t, &taken)
			c := devClient(t, time.Minute)

			if err := post(t, c, base, tt.header...); err != nil {
				t.Fatalf("first call, which keeps the connection: %v", err)
			}
			want(t, post(t, c, base, tt.header...), false)
			if n := taken.Load(); n != 2 {
				t.Errorf("the server took %d requests, want 2", n)
			}
		})
	}
}

// serveThenHangUp answers the first request of each connection and closes it on the second.
func serveThenHangUp(t *testing.T, taken *atomic.Int32) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })

	serve := func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		r := bufio.NewReader(conn)
		for answer := range 2 {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			if _, err := ReadLimited(req.Body, 1<<10); err != nil {
				return
			}
			taken.Add(1)
			if answer == 0 {
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
			}
		}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()

	return "http://" + l.Addr().String()
}

func TestAnswersOfAnyStatusAreNotErrors(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	if err := post(t, devClient(t, time.Minute), srv.URL); err != nil {
		t.Errorf("404 came back as %v", err)
	}
}

func TestNeverSentIsFalseForForeignErrors(t *testing.T) {
	if NeverSent(nil) || NeverSent(errors.New("anything")) {
		t.Error("claims to know errors that are not ours")
	}
}
