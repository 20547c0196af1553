package auth

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrSealed means that something sealed could not be opened: it was changed, belongs to
// another place, or was sealed with a key that is not in the keyset. Which one is not told.
var ErrSealed = errors.New("sealed value cannot be opened with this keyset in this place")

var errNoPlace = errors.New("seal: a sealed value needs a place")

// Sealer encrypts secrets before they reach the store (AES-256-GCM) and binds each to the
// place it is kept in, so that a sealed value copied elsewhere does not open.
// It is safe for concurrent use.
type Sealer struct {
	primary tink.AEAD
	all     map[string]tink.AEAD // by the prefix that Tink puts before what the key sealed
}

// prefixSize is the length of the prefix by which Tink names the key.
const prefixSize = 5

// NewSealer builds a sealer from the keys of k. It fails when k holds a sealing key of
// another kind than NewKeyset makes, or none that is enabled.
func NewSealer(k *Keyset) (*Sealer, error) {
	s := &Sealer{all: make(map[string]tink.AEAD, k.seal.Len())}
	for i := range k.seal.Len() {
		entry, err := k.seal.Entry(i)
		if err != nil {
			return nil, fmt.Errorf("sealing key %d: %w", i, err)
		}
		if entry.KeyStatus() != keyset.Enabled {
			continue
		}
		if err := s.add(entry); err != nil {
			return nil, fmt.Errorf("sealing key %d: %w", i, err)
		}
	}
	if s.primary == nil {
		return nil, errors.New("the keyset has no sealing key in use")
	}

	return s, nil
}

func (s *Sealer) add(entry *keyset.Entry) error {
	key, ok := entry.Key().(*aesgcm.Key)
	if !ok || len(key.OutputPrefix()) != prefixSize {
		return errors.New("not an AES-GCM key with a key id")
	}
	aead, err := aesgcm.NewAEAD(key)
	if err != nil {
		return fmt.Errorf("prepare AES-GCM: %w", err)
	}

	s.all[string(key.OutputPrefix())] = aead
	if entry.IsPrimary() {
		s.primary = aead
	}

	return nil
}

// Seal encrypts plain for one place, such as "installation/<id>/<field>". The place is
// not secret and not contained in the result; an empty place is refused.
func (s *Sealer) Seal(plain []byte, place string) ([]byte, error) {
	if place == "" {
		return nil, errNoPlace
	}
	sealed, err := s.primary.Encrypt(plain, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", place, err)
	}

	return sealed, nil
}

// Open decrypts what Seal made for the same place, with whichever key sealed it.
// Every failure matches ErrSealed.
func (s *Sealer) Open(sealed []byte, place string) ([]byte, error) {
	if place == "" || len(sealed) < prefixSize {
		return nil, ErrSealed
	}
	aead, ok := s.all[string(sealed[:prefixSize])]
	if !ok {
		return nil, ErrSealed
	}
	plain, err := aead.Decrypt(sealed, []byte(place))
	if err != nil {
		return nil, ErrSealed
	}

	return plain, nil
}
