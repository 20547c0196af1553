// Package bench measures the product against bare programs that do only what
// no relay could leave out, and says whether the goals are met.
//
// # Method
//
// A time alone says little: the same machine is twice as fast an hour later.
// So everything is a ratio. The product and a yardstick (package yardstick)
// run as processes of their own, on a real disk, get the same load from the
// same client and are measured in turns, a second or two each, each of them
// first in every other round; the result is the median of the rounds' ratios.
// Goals within 20 % of 1 take fifteen rounds, others five. Whatever is not
// being measured is stopped by signal, so that it takes no processor.
//
//   - probe appends pages of 4 KB and syncs each: the disk alone.
//   - limit is the bare handler: Echo, body, HMAC, JSON, one durable put by
//     group commit, 200.
//   - refpipe is the bare relay: limit, a queue for each conversation in
//     memory, 64 workers that post to the sink and remove what arrived.
//   - product is the real, stripped program, with its log, metrics and checks.
//
// The load (package load) is TikTok's webhooks of a new message, of about 620
// bytes, signed, with rising indexes and ids that never repeat, from as many
// connections as stated over 1,024 conversations of 10 shops. For throughput
// every connection sends again when it was answered. For latency messages are
// due at a steady rate, and the time counts from when one was due, so that a
// relay that stalls does not get fewer chances to look slow. The sink (package
// sink) plays Freshchat and TikTok, notes when each message arrives and counts
// what was lost, doubled or out of order.
//
// # Settings
//
// Acknowledgements are measured with the product's defaults, which let five
// calls a second and account through to Freshchat. Deliveries are measured
// with the highest rates and an order window of 0, over conversations that
// exist already; one goal holds the default window. What messages take near the
// limit is measured at 80 % of what the same program carried right before, in
// every round anew: a share of an earlier limit says nothing once the machine
// has become slower. The limit is that of a burst of 12,288 messages, which
// shares commits better than a steady load does.
//
// # Much beside little
//
// Flat cost is measured with two copies of the product, of which one has much
// behind it, installations, messages queued or deliveries kept, and stands as
// product; the other has little and stands as yardstick. The sink holds its
// answers meanwhile, so that everything stays queued. The copies' stores are
// filled before by package run, through the store's own operations. Memory is
// what the system says that the process has: at rest the most of ten seconds,
// after five in which the program came to rest; at full load the most ever.
//
// # Killed and started
//
// The product is killed by signal while webhooks arrive as fast as they are
// answered and a million messages wait that are being delivered, ten times in
// turns: the next one finds its file in the page cache, or only on the disk. It
// is ready when it says so and has acknowledged a webhook. The load finds it
// again and sends once more what was not acknowledged. The sink remembers what
// it took last in each conversation, so that the product can read back what it
// may have sent. In the end all that was acknowledged must have arrived, once and
// in order.
//
// # Neighbours in trouble
//
// What installations notice of others in trouble is measured with two copies
// of the product that hold the same installations and get the same load, in
// turns as above: the one with the trouble stands as product, the one without
// as yardstick. Trouble is another address than the sink's: one that takes
// calls and never answers, one where nobody listens, one that takes a tenth of
// a second. Messages for those go on arriving while the healthy ones are
// measured, of whom alone latencies, counts and faults are taken. A backlog
// that is to drain gathers while the sink asks to be left alone.
//
// # Results
//
// Each result is a line of JSON. A goal:
//
//	{"kind":"goal","id":"G1","what":"acknowledgements at 64 connections ÷ limit","unit":"ratio",
//	 "better":"more","must":0.8,"stretch":1,"measured":0.87,"runs":15,"met":true,"stretch_met":false,
//	 "absolute":{"limit 1/s":14200,"product 1/s":12400}}
//
// "better" says on which side of "must" and "stretch" they are met, "runs" how
// many rounds the median was taken of, and "absolute" holds the medians behind
// a ratio, with their unit. What is no goal:
//
//	{"kind":"figure","what":"…","unit":"µs","value":81.5}
//
// The package must not import the product's packages but the one that seeds a
// store, and its clients and signatures are its own.
package bench
