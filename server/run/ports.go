package run

import (
	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/freshchat"
)

// freshchatPort is the Freshchat client as the use cases want it.
type freshchatPort struct {
	*freshchat.Client

	hosts freshchat.Hosts
}

// Webhook verifies and reads one of Freshchat's own webhooks.
func (freshchatPort) Webhook(key, signature string, body []byte) (bridge.FreshchatEvent, error) {
	return freshchat.Webhook(key, signature, body)
}

// ProductEvent reads a product event of the Marketplace.
func (freshchatPort) ProductEvent(event string, data []byte) ([]bridge.FreshchatEvent, error) {
	return freshchat.ProductEvent(event, data)
}

// Host normalises what an admin typed.
func (p freshchatPort) Host(typed string) (string, error) {
	return p.hosts.Normalise(typed)
}

// WebhookKey turns a pasted public key into PEM.
func (freshchatPort) WebhookKey(pasted string) (string, error) {
	return freshchat.ParseKey(pasted)
}

// secretsPort makes values that cannot be guessed.
type secretsPort struct{ *auth.Random }

// HashCode is the stored form of a code that people paste.
func (secretsPort) HashCode(code string) string { return auth.HashCode(code) }

// HashToken is the stored form of a token in an address.
func (secretsPort) HashToken(token string) string { return auth.HashToken(token) }

// Same compares without telling where two values differ.
func (secretsPort) Same(a, b string) bool { return auth.Same(a, b) }
