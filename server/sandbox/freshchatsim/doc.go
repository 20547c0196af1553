// Package freshchatsim plays Freshchat over HTTP: the API v2, the webhooks,
// the agents, and the product events that the Marketplace passes on to apps.
// It behaves as https://developers.freshchat.com/api and practice say the real
// one does, including what goes wrong, and refuses whatever the real one would
// refuse or is not known to accept.
//
// Many accounts share one handler and are told apart by their API key, as on
// Freshchat's regional hosts. Every message that was accepted stands in the
// ledger exactly once per acceptance, under the kinds [KindUser], [KindAgent],
// [KindBot] and [KindSystem], so that a test can find lost, doubled and
// reordered ones.
//
// What can go wrong is listed in [FaultDocs]; the control over HTTP, under
// /_sandbox/, in [ControlDocs]. Both lists are also served at GET /_sandbox/.
//
// The package must not import anything of the product: it is a second reading
// of the vendor's documents, so that one mistake is not made on both sides.
package freshchatsim
