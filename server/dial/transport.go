// Package dial is the guarded way out: the HTTP transport that calls the two platforms
// and fetches media. It decides which addresses may be reached, and it knows whether a
// failed request can have arrived.
//
// It knows nothing of either platform, never retries by itself and never follows redirects.
package dial

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	connectTimeout   = 5 * time.Second
	handshakeTimeout = 10 * time.Second
	// idleTimeout is below the 60 seconds after which common load balancers hang up, so that
	// a request seldom meets a connection that is just being closed.
	idleTimeout = 50 * time.Second
	// A silent HTTP/2 connection is asked for a sign of life, since every call to a host shares it.
	pingAfter   = 15 * time.Second
	pingTimeout = 10 * time.Second

	headerLimit = 256 << 10 // bytes
	// streamBuffer is how much of an HTTP/2 answer may wait to be read: of a hundred videos at once
	// all waits in memory, and a few megabytes a second of one are enough.
	streamBuffer = 256 << 10 // bytes
	// Unused connections that are kept.
	idlePerHost = 128
	idleLimit   = 1024
)

// Options says what a transport may reach. The zero value is right for production.
type Options struct {
	// AllowLoopback lets loopback hosts be called, over plain http and with a port only.
	// It is SELLERCHAT_INSECURE_DEV.
	AllowLoopback bool
}

// Transport is an http.RoundTripper that refuses forbidden addresses, and whose errors are
// *Error. Share one in the whole program: it owns the connections.
type Transport struct {
	base          *http.Transport
	allowLoopback bool
}

// NewTransport builds a transport. It uses no proxy, whatever the environment says, speaks
// TLS 1.2 or newer, and HTTP/2 where the server does.
func NewTransport(o Options) *Transport {
	g := guard{
		public:        &net.Dialer{Timeout: connectTimeout, ControlContext: onlyPublic},
		loopback:      &net.Dialer{Timeout: connectTimeout, ControlContext: onlyLoopback},
		allowLoopback: o.AllowLoopback,
	}

	return newTransport(o, g.dial, &tls.Config{MinVersion: tls.VersionTLS12})
}

func newTransport(o Options, dial func(ctx context.Context, network, addr string) (net.Conn, error), conf *tls.Config) *Transport {
	return &Transport{
		allowLoopback: o.AllowLoopback,
		base: &http.Transport{
			Proxy:               nil,
			DialContext:         dial,
			TLSClientConfig:     conf,
			TLSHandshakeTimeout: handshakeTimeout,
			ForceAttemptHTTP2:   true,
			HTTP2: &http.HTTP2Config{
				SendPingTimeout: pingAfter, PingTimeout: pingTimeout,
				MaxReceiveBufferPerStream: streamBuffer,
			},
			MaxIdleConns:           idleLimit,
			MaxIdleConnsPerHost:    idlePerHost,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: headerLimit,
			// Answers are small: unpacking them would cost more than it saves on the way.
			DisableCompression: true,
		},
	}
}

// CloseIdleConnections closes the connections that no request is using.
func (t *Transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// guard picks the rule that a connection must obey by the host that was asked for, so
// that a public name which resolves to this machine is refused in development too.
type guard struct {
	public, loopback *net.Dialer
	allowLoopback    bool
}

func (g guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address to connect to: %w", err)
	}

	dialer := g.public
	if g.allowLoopback && isLoopbackHost(host) {
		dialer = g.loopback
	}

	return dialer.DialContext(ctx, network, addr)
}
