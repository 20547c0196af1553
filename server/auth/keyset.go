// Package auth makes and checks every proof that the program hands out or accepts:
// link JWTs of the Marketplace app, the tokens of our own pages, one-time codes,
// and the sealing of secrets before they are stored.
//
// It decides whether a proof is genuine, never what its holder may do. It keeps no
// state: that a token is used only once is the store's business.
package auth

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Faults of a keyset text. Both sentences are meant for the operator.
var (
	// ErrNotKeyset means that the text did not come from NewKeyset.
	ErrNotKeyset = errors.New(`this is not a keyset; "sellerchat keys new" prints one`)
	// ErrKeysetDamaged means that the text began as a keyset but was cut short or changed.
	ErrKeysetDamaged = errors.New(`the keyset is cut short or was changed; copy the whole line that "sellerchat keys new" printed`)
)

const (
	// keysetMark opens every keyset. It is itself base64url, so the whole line stays in one alphabet.
	keysetMark   = "SCK1"
	checksumSize = 4
	rootSize     = 32
)

// Keyset holds the keys that seal stored secrets and sign our tokens. Both kinds may
// have several generations: the first makes new things, the others still open old ones.
// It prints as a fixed word, so that it cannot slip into a log.
type Keyset struct {
	seal  *keyset.Handle
	roots []root
}

// root is the secret that the signing key of each purpose is derived from.
type root struct {
	KID string `json:"kid"`
	Key []byte `json:"key"`
}

// keysetFile is what a keyset line carries inside.
type keysetFile struct {
	Seal []byte `json:"seal"` // a Tink keyset, binary
	Sign []root `json:"sign"` // primary first
}

// NewKeyset makes fresh keys and returns them as one line of base64url, the value of SELLERCHAT_KEYSET.
func NewKeyset() (string, error) {
	seal, err := newSealKeys()
	if err != nil {
		return "", fmt.Errorf("new keyset: %w", err)
	}

	return keysetFile{Seal: seal, Sign: []root{newRoot()}}.encode()
}

// ParseKeyset reads what NewKeyset printed; blanks around it and line breaks are ignored.
// Its errors match ErrNotKeyset or ErrKeysetDamaged and never contain any of the text.
func ParseKeyset(line string) (*Keyset, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(line), keysetMark)
	if !ok {
		return nil, ErrNotKeyset
	}

	var file keysetFile
	if err := file.decode(text); err != nil {
		return nil, err
	}
	if len(file.Sign) == 0 {
		return nil, ErrKeysetDamaged
	}
	for _, r := range file.Sign {
		if r.KID == "" || len(r.Key) != rootSize {
			return nil, ErrKeysetDamaged
		}
	}

	// Tink's reasons are left out: they may quote key material.
	seal, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(file.Seal)))
	if err != nil {
		return nil, ErrKeysetDamaged
	}

	return &Keyset{seal: seal, roots: file.Sign}, nil
}

// String hides the keys.
func (k *Keyset) String() string { return "keyset(hidden)" }

// GoString hides the keys.
func (k *Keyset) GoString() string { return k.String() }

func (f keysetFile) encode() (string, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("encode keyset: %w", err)
	}
	sum := sha256.Sum256(body)

	return keysetMark + base64.RawURLEncoding.EncodeToString(append(sum[:checksumSize], body...)), nil
}

func (f *keysetFile) decode(text string) error {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < checksumSize {
		return ErrKeysetDamaged
	}

	body := raw[checksumSize:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:checksumSize], raw[:checksumSize]) {
		return ErrKeysetDamaged
	}
	if json.Unmarshal(body, f) != nil {
		return ErrKeysetDamaged
	}

	return nil
}

func newSealKeys() ([]byte, error) {
	params, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: 32,
		IVSizeInBytes:  12,
		TagSizeInBytes: 16,
		Variant:        aesgcm.VariantTink,
	})
	if err != nil {
		return nil, fmt.Errorf("sealing key parameters: %w", err)
	}

	m := keyset.NewManager()
	id, err := m.AddNewKeyFromParameters(params)
	if err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("choose sealing key: %w", err)
	}
	h, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("finish sealing keys: %w", err)
	}

	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewBinaryWriter(&out)); err != nil {
		return nil, fmt.Errorf("write sealing keys: %w", err)
	}

	return out.Bytes(), nil
}

func newRoot() root {
	kid, key := make([]byte, 4), make([]byte, rootSize)
	rand.Read(kid)
	rand.Read(key)

	return root{KID: hex.EncodeToString(kid), Key: key}
}
