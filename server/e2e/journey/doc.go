// Package journey holds the tests that walk through the product as people do:
// a real browser, the demo as a newcomer starts it, fields found by their
// labels and buttons by their names. It must not look behind the pages: what
// no person can see, no journey may use.
package journey
