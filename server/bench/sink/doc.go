// Package sink plays both platforms as quickly as it can: it answers the calls
// that a relay makes and watches whether the messages of a run arrive once and
// in order, and when. It speaks just enough HTTP for that, by hand.
//
// It checks no credentials and keeps nothing unless it is asked to; whether a
// relay calls correctly is for the sandboxes to find out.
package sink
