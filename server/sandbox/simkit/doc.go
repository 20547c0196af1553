// Package simkit holds what the sandboxes share: a clock that can be hurried,
// fault switches, a ledger of what a platform took and sent, an outbox that
// delivers webhooks, and a few tools for HTTP answers.
//
// It knows nothing about any platform and must not import anything of the
// product: a sandbox is a second reading of a platform's documents, so that
// one mistake is not made on both sides.
package simkit
