package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

const (
	secretSize = 32
	idSize     = 16
)

// crockford leaves out I, L, O and U, which are misread.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Random makes unguessable values. It is safe for concurrent use when its source is.
type Random struct {
	source io.Reader
}

// NewRandom takes its bits from source, or from the operating system when source is nil.
// A source that fails makes every method panic, for no value is better than a guessable
// one; the operating system's does not fail.
func NewRandom(source io.Reader) *Random {
	if source == nil {
		source = rand.Reader
	}

	return &Random{source: source}
}

// Secret returns 256 random bits as 43 characters of base64url: a link secret.
func (r *Random) Secret() string { return base64.RawURLEncoding.EncodeToString(r.bytes(secretSize)) }

// ID returns 128 random bits as 22 characters of base64url, for ids and addresses that are proofs.
func (r *Random) ID() string { return base64.RawURLEncoding.EncodeToString(r.bytes(idSize)) }

// Code returns 128 random bits as 26 capital letters and digits: the one-time setup code.
// It has no dashes, so that a double click selects all of it.
func (r *Random) Code() string { return crockford.EncodeToString(r.bytes(idSize)) }

func (r *Random) bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(r.source, b); err != nil {
		panic(fmt.Sprintf("auth: random source failed: %v", err))
	}

	return b
}

var codeFixes = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", "-", "", "O", "0", "I", "1", "L", "1")

// HashCode returns the form in which a setup code is stored and looked up. Blanks, dashes,
// small letters and the usual misreadings (O for 0, I and L for 1) do not change it.
// A code has 128 random bits, so a plain SHA-256 cannot be searched backwards.
func HashCode(code string) string {
	return HashToken(codeFixes.Replace(strings.ToUpper(code)))
}

// Same compares two secrets in a time that tells nothing about where, or by how much, they differ.
func Same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))

	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// HashToken returns the form in which a token of ours that stands in an address is stored and
// looked up. Unlike a code it is never typed, so every character counts.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))

	return base64.RawURLEncoding.EncodeToString(sum[:])
}
