package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// testKeyset reads a fresh keyset with as many signing generations as asked for, and
// returns its inside too, so that a test can build the next generation from it.
func testKeyset(t *testing.T) (*Keyset, keysetFile) {
	t.Helper()
	line, err := NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	var file keysetFile
	if err := file.decode(strings.TrimPrefix(line, keysetMark)); err != nil {
		t.Fatal(err)
	}

	return parsed(t, file), file
}

func parsed(t *testing.T, file keysetFile) *Keyset {
	t.Helper()
	line, err := file.encode()
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKeyset(line)
	if err != nil {
		t.Fatal(err)
	}

	return k
}

func TestNewKeysetIsOneLineOfBase64URL(t *testing.T) {
	line, err := NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(line); err != nil {
		t.Errorf("%q is not base64url: %v", line, err)
	}
	again, err := NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	if line == again {
		t.Error("two keysets are the same")
	}
}

func TestParseKeyset(t *testing.T) {
	line, err := NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	_, file := testKeyset(t)
	encode := func(change func(*keysetFile)) string {
		f := file
		f.Sign = append([]root(nil), file.Sign...)
		change(&f)
		text, err := f.encode()
		if err != nil {
			t.Fatal(err)
		}

		return text
	}

	for _, tt := range []struct {
		name string
		line string
		want error
	}{
		{"what keys new printed", line, nil},
		{"with blanks and a line break around it", "  " + line + "\r\n", nil},
		{"empty", "", ErrNotKeyset},
		{"a hexadecimal key", strings.Repeat("0f", 32), ErrNotKeyset},
		{"in quotation marks", `"` + line + `"`, ErrNotKeyset},
		{"only the mark", keysetMark, ErrKeysetDamaged},
		{"cut by one character", line[:len(line)-1], ErrKeysetDamaged},
		{"cut in the middle", line[:len(line)/2], ErrKeysetDamaged},
		{"broken over two lines by a mail program", line[:40] + "\n" + line[40:], nil},
		{"with a blank inside", line[:40] + " " + line[40:], ErrKeysetDamaged},
		{"with one character changed", line[:60] + swapped(line[60]) + line[61:], ErrKeysetDamaged},
		{"with something behind it", line + "AAAA", ErrKeysetDamaged},
		{"without a signing key", encode(func(f *keysetFile) { f.Sign = nil }), ErrKeysetDamaged},
		{"with a short signing key", encode(func(f *keysetFile) { f.Sign[0].Key = f.Sign[0].Key[:31] }), ErrKeysetDamaged},
		{"with a nameless signing key", encode(func(f *keysetFile) { f.Sign[0].KID = "" }), ErrKeysetDamaged},
		{"without sealing keys", encode(func(f *keysetFile) { f.Seal = nil }), ErrKeysetDamaged},
		{"with broken sealing keys", encode(func(f *keysetFile) { f.Seal = f.Seal[:20] }), ErrKeysetDamaged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, err := ParseKeyset(tt.line)
			if !errors.Is(err, tt.want) {
				t.Fatalf("err = %v, want %v", err, tt.want)
			}
			if (k == nil) != (err != nil) {
				t.Errorf("keyset = %v beside error %v", k, err)
			}
		})
	}
}

func swapped(c byte) string {
	if c == 'A' {
		return "B"
	}

	return "A"
}

func TestKeysetDoesNotPrintItsKeys(t *testing.T) {
	k, file := testKeyset(t)
	raw, err := json.Marshal(map[string]any{"keys": k})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", k), fmt.Sprintf("%#v", k), fmt.Sprintf("%x", k), string(raw)} {
		if strings.Contains(text, file.Sign[0].KID) || len(text) > 40 {
			t.Errorf("printed as %s", text)
		}
	}
}

// After a rotation the new first key signs, and what the old one signed is still good until
// the old one is taken out.
func TestTokensOutliveTheirKeysPrimacy(t *testing.T) {
	now := func() time.Time { return noon }
	old, file := testKeyset(t)
	both := parsed(t, keysetFile{Seal: file.Seal, Sign: append([]root{newRoot()}, file.Sign...)})
	next := parsed(t, keysetFile{Seal: file.Seal, Sign: both.roots[:1]})

	made := func(k *Keyset) string {
		tok, err := newTokens(t, k, now).SignFlow(Flow{ID: "f"})
		if err != nil {
			t.Fatal(err)
		}

		return tok
	}
	for _, tt := range []struct {
		name  string
		token string
		with  *Keyset
		good  bool
	}{
		{"old token, both keys", made(old), both, true},
		{"new token, both keys", made(both), both, true},
		{"new token, new key", made(both), next, true},
		{"new token, old key", made(both), old, false},
		{"old token, new key", made(old), next, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newTokens(t, tt.with, now).ParseFlow(tt.token)
			if (err == nil) != tt.good {
				t.Errorf("err = %v, want good: %v", err, tt.good)
			}
		})
	}
}

func FuzzParseKeyset(f *testing.F) {
	line, err := NewKeyset()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(line[:50])
	f.Add(keysetMark + "AAAAAAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKeyset(text)
		if err == nil && k == nil {
			t.Fatal("neither keyset nor error")
		}
		if err != nil && !errors.Is(err, ErrNotKeyset) && !errors.Is(err, ErrKeysetDamaged) {
			t.Errorf("unnamed error %v", err)
		}
	})
}
