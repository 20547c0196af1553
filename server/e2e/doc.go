// Package e2e holds the tests of the whole program: the backend as an operator
// runs it, both platforms and the Marketplace played by the sandboxes, and
// nothing between them but HTTP. What is lost, doubled or out of order is read
// from the platforms' own ledgers. It must not reach into the backend: a test
// knows what an admin, an agent, a buyer, an operator or a platform can see.
package e2e
