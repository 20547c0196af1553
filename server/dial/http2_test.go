package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// secureClient trusts srv's certificate, whose name is example.com, and reaches addr whatever
// host is asked for. Everything else is as in production.
func secureClient(t *testing.T, cert *x509.Certificate, addr string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if cert != nil {
		roots.AddCert(cert)
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	c := NewClient(newTransport(Options{}, dial, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}), time.Minute)
	t.Cleanup(c.CloseIdleConnections)

	return c
}

func TestSpeaksHTTP2(t *testing.T) {
	var proto atomic.Value
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proto.Store(r.Proto) }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()

	if err := post(t, secureClient(t, srv.Certificate(), srv.Listener.Addr().String()), "https://example.com"); err != nil {
		t.Fatal(err)
	}
	if got := proto.Load(); got != "HTTP/2.0" {
		t.Errorf("the server saw %v, want HTTP/2.0", got)
	}
}

func TestFailedHandshakeWasNeverSent(t *testing.T) {
	var calls atomic.Int32
	count := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	secure := httptest.NewTLSServer(count)
	defer secure.Close()
	plain := httptest.NewServer(count)
	defer plain.Close()
	old := httptest.NewUnstartedServer(count)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()

	for _, tt := range []struct {
		name string
		cert *x509.Certificate
		addr string
		base string
	}{
		{"an untrusted certificate", nil, secure.Listener.Addr().String(), "https://example.com"},
		{"a certificate of another name", secure.Certificate(), secure.Listener.Addr().String(), "https://elsewhere.test"},
		{"no TLS at all", nil, plain.Listener.Addr().String(), "https://example.com"},
		{"TLS older than 1.2", old.Certificate(), old.Listener.Addr().String(), "https://example.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want(t, post(t, secureClient(t, tt.cert, tt.addr), tt.base), true)
		})
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("a server acted %d times", n)
	}
}

func TestHTTP2Refusals(t *testing.T) {
	for _, tt := range []struct {
		name   string
		refuse func(fr *http2.Framer, stream uint32) error
		never  bool
	}{
		{
			// net/http would repeat this one until its time is over.
			name: "a protocol error after the request was taken is uncertain",
			refuse: func(fr *http2.Framer, stream uint32) error {
				return fr.WriteRSTStream(stream, http2.ErrCodeProtocol)
			},
		},
		{
			name: "an internal error is uncertain",
			refuse: func(fr *http2.Framer, stream uint32) error {
				return fr.WriteRSTStream(stream, http2.ErrCodeInternal)
			},
		},
		{
			name: "a refused stream was not touched",
			refuse: func(fr *http2.Framer, stream uint32) error {
				return fr.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
			},
			never: true,
		},
		{
			name: "a stream beyond an orderly goodbye was not touched",
			refuse: func(fr *http2.Framer, stream uint32) error {
				return fr.WriteGoAway(stream-1, http2.ErrCodeNo, nil)
			},
			never: true,
		},
		{
			name: "a stream within a goodbye is uncertain when the connection then ends",
			refuse: func(fr *http2.Framer, stream uint32) error {
				if err := fr.WriteGoAway(stream, http2.ErrCodeNo, nil); err != nil {
					return err
				}

				return io.EOF
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var taken atomic.Int32
			cert, addr := serveFrames(t, &taken, tt.refuse)

			want(t, post(t, secureClient(t, cert, addr), "https://example.com"), tt.never)
			if n := taken.Load(); n != 1 {
				t.Errorf("the server was sent the request %d times, want once", n)
			}
		})
	}
}

// Without a body there is nothing that net/http could lack for a repetition.
func TestRequestsWithoutABodyAreNotRepeatedWithoutEnd(t *testing.T) {
	for _, tt := range []struct {
		method string
		sends  int32
	}{
		{http.MethodPost, 1},
		{http.MethodDelete, 1},
		{http.MethodGet, readSends},
	} {
		t.Run(tt.method, func(t *testing.T) {
			var taken atomic.Int32
			cert, addr := serveFrames(t, &taken, func(fr *http2.Framer, stream uint32) error {
				return fr.WriteRSTStream(stream, http2.ErrCodeProtocol)
			})
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "https://example.com/", nil)
			if err != nil {
				t.Fatal(err)
			}

			want(t, do(secureClient(t, cert, addr), req), false)
			if n := taken.Load(); n != tt.sends {
				t.Errorf("the server was sent the request %d times, want %d", n, tt.sends)
			}
		})
	}
}

// serveFrames speaks just enough HTTP/2 to take whole requests and let refuse answer each. It
// hangs up when refuse returns an error.
func serveFrames(t *testing.T, taken *atomic.Int32, refuse func(*http2.Framer, uint32) error) (*x509.Certificate, string) {
	t.Helper()
	// Only its certificate is used.
	keys := httptest.NewUnstartedServer(nil)
	keys.StartTLS()
	t.Cleanup(keys.Close)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: keys.TLS.Certificates,
		NextProtos:   []string{http2.NextProtoTLS},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })

	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go takeStreams(conn, taken, refuse)
		}
	}()

	return keys.Certificate(), l.Addr().String()
}

func takeStreams(conn net.Conn, taken *atomic.Int32, refuse func(*http2.Framer, uint32) error) {
	defer func() { _ = conn.Close() }()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	fr := http2.NewFramer(conn, conn)
	if err := fr.WriteSettings(); err != nil {
		return
	}

	for {
		frame, err := fr.ReadFrame()
		if err != nil {
			return
		}
		end, ok := frame.(interface{ StreamEnded() bool })
		if !ok || !end.StreamEnded() {
			continue
		}
		taken.Add(1)
		if err := refuse(fr, frame.Header().StreamID); err != nil {
			return
		}
	}
}
