// Package freshchat is the Freshchat side of the bridge: a client of its API,
// the verification and reading of its webhooks and of the Marketplace's product
// events, and the conversion of its messages to the domain.
//
// It decides what an answer or an event means, never what is done about it: it
// keeps nothing, repeats no call and knows no other platform.
// https://developers.freshchat.com/api/
package freshchat

import (
	"log/slog"
	"net/http"
	"time"

	"sellerchat/server/bridge"
)

// Client calls the Freshchat API for any number of accounts. It is safe for
// concurrent use. Its methods return a *bridge.Failure whenever a call did not
// do what was asked; the accounts' keys are in no error and no log.
type Client struct {
	hosts    Hosts
	http     *http.Client
	uploads  *http.Client
	now      bridge.Clock
	log      *slog.Logger
	insecure bool
}

// Options are what a client needs.
type Options struct {
	// Hosts are the hosts that may be called.
	Hosts Hosts
	// HTTP is a client over the guarded transport. It must neither follow
	// redirects nor repeat what is not a read, and it sets the time limit.
	HTTP *http.Client
	// Uploads is the same with the time that a large file takes; nil means
	// HTTP.
	Uploads *http.Client
	// Clock is the system's when nil.
	Clock bridge.Clock
	// Logger gets one line a call; nil is silence.
	Logger *slog.Logger
	// Insecure allows the loopback hosts among Hosts, over plain http. It is
	// for development only.
	Insecure bool
}

// New returns a client.
func New(o Options) *Client {
	c := &Client{hosts: o.Hosts, http: o.HTTP, uploads: o.Uploads, now: o.Clock, log: o.Logger, insecure: o.Insecure}
	if c.uploads == nil {
		c.uploads = o.HTTP
	}

	if c.now == nil {
		c.now = time.Now
	}

	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}

	return c
}
