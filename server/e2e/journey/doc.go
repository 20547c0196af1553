// Package journey holds the tests that walk through the product as people do:
// a real browser, the demo as a newcomer starts it, fields found by their
// labels and buttons by their names. It must not look behind the pages: what
// no person can see, no journey may use. Only to set the stage for what no
// visitor can bring about does one ask a sandbox's control; see platforms.
package journey
