package freshchatsim

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"sellerchat/server/sandbox/simkit"
)

// Headers by which a webhook tells the postmark what it is. They do not leave
// this process.
const (
	deliveryHeader = "Sandbox-Delivery"
	accountHeader  = "Sandbox-Account"
)

// postmark adds the headers of Freshchat's webhooks on their way out. Signing
// happens here, among the outbox's workers, so that it does not hold up the
// call that caused the webhook.
type postmark struct {
	sim     *Sim
	next    *http.Transport
	retries sync.Map // delivery id to the number of its attempts, while it is being retried
}

// RoundTrip signs and sends one attempt.
func (p *postmark) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := p.sim.account(r.Header.Get(accountHeader))
	if err != nil {
		return nil, fmt.Errorf("send webhook: %w", err)
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, fmt.Errorf("read webhook to be signed: %w", err)
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read webhook to be signed: %w", err)
	}
	signature, err := a.signer.sign(raw)
	if err != nil {
		return nil, err
	}

	retry := 0
	if n, ok := p.retries.Load(r.Header.Get(deliveryHeader)); ok {
		retry, _ = n.(int)
	}
	out := r.Clone(r.Context())
	out.Header = http.Header{
		"Content-Type":                {"application/json"},
		"User-Agent":                  {"Freshchat"},
		"X-Freshchat-Signature":       {signature},
		"X-Freshchat-Payload-Version": {payloadVersion},
		"X-Retry-Count":               {strconv.Itoa(retry)},
	}

	return p.next.RoundTrip(out)
}

// CloseIdleConnections passes on to the transport beneath.
func (p *postmark) CloseIdleConnections() { p.next.CloseIdleConnections() }

// observe counts the attempts of what is going to be tried again.
func (p *postmark) observe(a simkit.Attempt) {
	if a.Retry > 0 {
		p.retries.Store(a.Delivery.ID, a.Number)
		return
	}
	p.retries.Delete(a.Delivery.ID)
}
