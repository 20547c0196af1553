// Package bridge is the domain: the words of the product, its rules that need
// no technology, and the ports that stores must honour. It imports the
// standard library only and knows neither HTTP, nor a database, nor how the
// two platforms spell things.
package bridge

import "time"

// Clock tells the time. It is injected wherever time matters, so that tests
// own it.
type Clock func() time.Time

// Sealed is a secret after sealing: safe to store, useless without the keyset.
type Sealed []byte

// Vault seals and opens secrets. The binding names what the secret belongs to
// (for example "installation/<id>/api_key"); a secret sealed under one binding
// does not open under another.
type Vault interface {
	// Seal returns the sealed form of plain.
	Seal(plain []byte, binding string) ([]byte, error)
	// Open returns what Seal was given, or an error when the bytes were
	// altered, sealed under another binding, or with a key that is gone.
	Open(sealed []byte, binding string) ([]byte, error)
}
