package auth

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"pgregory.net/rapid"
)

func testSealer(t *testing.T, k *Keyset) *Sealer {
	t.Helper()
	s, err := NewSealer(k)
	if err != nil {
		t.Fatal(err)
	}

	return s
}

func TestOpen(t *testing.T) {
	const place = "installation/01J/freshchat_key"
	k, _ := testKeyset(t)
	s := testSealer(t, k)
	sealed, err := s.Seal([]byte("planted-secret"), place)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := testKeyset(t)
	flipped := func(at int) []byte {
		b := bytes.Clone(sealed)
		b[at] ^= 1

		return b
	}

	for _, tt := range []struct {
		name   string
		with   *Sealer
		sealed []byte
		place  string
		good   bool
	}{
		{"in its own place", s, sealed, place, true},
		{"in another installation", s, sealed, "installation/01K/freshchat_key", false},
		{"in another field", s, sealed, "installation/01J/link_secret", false},
		{"in another kind of thing with the same id", s, sealed, "authorization/01J/freshchat_key", false},
		{"in a longer place", s, sealed, place + "/x", false},
		{"nowhere", s, sealed, "", false},
		{"with another keyset", testSealer(t, other), sealed, place, false},
		{"with its key id changed", s, flipped(2), place, false},
		{"with its nonce changed", s, flipped(prefixSize), place, false},
		{"with its content changed", s, flipped(prefixSize + 12), place, false},
		{"with its tag changed", s, flipped(len(sealed) - 1), place, false},
		{"cut short", s, sealed[:len(sealed)-1], place, false},
		{"only its prefix", s, sealed[:prefixSize], place, false},
		{"less than its prefix", s, sealed[:3], place, false},
		{"nothing", s, nil, place, false},
		{"never sealed", s, []byte("planted-secret"), place, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plain, err := tt.with.Open(tt.sealed, tt.place)
			if tt.good {
				if err != nil || string(plain) != "planted-secret" {
					t.Fatalf("Open = %q, %v", plain, err)
				}

				return
			}
			if !errors.Is(err, ErrSealed) || plain != nil {
				t.Fatalf("Open = %q, %v; want ErrSealed alone", plain, err)
			}
			if strings.Contains(err.Error(), "planted") {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func TestSealNeedsAPlace(t *testing.T) {
	k, _ := testKeyset(t)
	if _, err := testSealer(t, k).Seal([]byte("x"), ""); err == nil {
		t.Error("sealed for no place")
	}
}

func TestSealedValuesDifferAndHideTheirContent(t *testing.T) {
	k, _ := testKeyset(t)
	s := testSealer(t, k)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 8, 200).Draw(t, "plain")
		place := rapid.StringN(1, 60, -1).Draw(t, "place")

		a, err := s.Seal(plain, place)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Seal(plain, place)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(a, b) {
			t.Fatal("the same value sealed twice looks the same")
		}
		if bytes.Contains(a, plain) {
			t.Fatal("the content shows")
		}
		back, err := s.Open(a, place)
		if err != nil || !bytes.Equal(back, plain) {
			t.Fatalf("Open = %x, %v; want %x", back, err, plain)
		}
	})
}

// After a rotation the new key seals and the old one still opens.
func TestSealerOpensWhatAnOlderKeySealed(t *testing.T) {
	const place = "flow/1/key"
	old, file := testKeyset(t)
	sealed, err := testSealer(t, old).Seal([]byte("kept"), place)
	if err != nil {
		t.Fatal(err)
	}

	m := keyset.NewManagerFromHandle(old.seal)
	first, err := old.seal.Primary()
	if err != nil {
		t.Fatal(err)
	}
	id, err := m.AddNewKeyFromParameters(first.Key().Parameters().(*aesgcm.Parameters))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetPrimary(id); err != nil {
		t.Fatal(err)
	}
	h, err := m.Handle()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewBinaryWriter(&out)); err != nil {
		t.Fatal(err)
	}
	both := testSealer(t, parsed(t, keysetFile{Seal: out.Bytes(), Sign: file.Sign}))

	if plain, err := both.Open(sealed, place); err != nil || string(plain) != "kept" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	fresh, err := both.Seal([]byte("new"), place)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := testSealer(t, old).Open(fresh, place); !errors.Is(err, ErrSealed) {
		t.Errorf("the old key opens what the new one sealed: %v", err)
	}
}
