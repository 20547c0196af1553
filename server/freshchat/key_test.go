package freshchat

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"sellerchat/server/bridge"
)

// keyForms are the ways in which one key may be pasted.
func keyForms(t *testing.T) map[string]string {
	t.Helper()

	spki := string(sample(t, "freshchat/signature/public_key.pem"))

	block, _ := pem.Decode([]byte(spki))
	if block == nil {
		t.Fatal("no key in the sample")
	}

	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}

	pkcs1 := x509.MarshalPKCS1PublicKey(parsed.(*rsa.PublicKey))
	bare := base64.StdEncoding.EncodeToString(block.Bytes)
	shown := string(sample(t, "freshchat/signature/public_key_as_shown_in_admin.txt"))

	return map[string]string{
		"as Freshchat shows it":                 shown,
		"as shown, without blanks":              strings.NewReplacer("----- ", "-----", " -----", "-----").Replace(shown),
		"as shown, with line breaks":            strings.Replace(spki, "PUBLIC KEY", "RSA PUBLIC KEY", 2),
		"as shown, in quotes":                   `"` + shown + `"`,
		"hyphens joined by a word processor":    strings.ReplaceAll(shown, "-----", "\u2014\u2014-"),
		"PEM":                                   spki,
		"PEM with Windows line breaks":          strings.ReplaceAll(spki, "\n", "\r\n"),
		"PEM with line breaks written out":      strings.ReplaceAll(spki, "\n", `\n`),
		"PEM with Windows breaks written out":   strings.ReplaceAll(spki, "\n", `\r\n`),
		"PEM, indented":                         "  " + strings.ReplaceAll(spki, "\n", "\n\t  "),
		"PEM among blanks nobody sees":          "\ufeff" + strings.ReplaceAll(spki, "\n", "\u00a0\n"),
		"words around it":                       "Public Key:\n" + spki + "\nkeep it",
		"bare base64":                           bare,
		"bare base64 on several lines":          bare[:64] + "\n" + bare[64:],
		"PKCS#1 under its own label":            string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1})),
		"PKCS#1 under the wrong label":          string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkcs1})),
		"bare PKCS#1":                           base64.StdEncoding.EncodeToString(pkcs1),
		"bare PKCS#1 that lost its equals sign": strings.TrimRight(base64.StdEncoding.EncodeToString(pkcs1), "="),
	}
}

func TestEveryFormOfAKeyVerifiesEveryVector(t *testing.T) {
	var file struct {
		Vectors []struct {
			Name      string `json:"name"`
			Body      string `json:"body_file"`
			Signature string `json:"signature"`
			Valid     bool   `json:"valid"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(sample(t, "freshchat/signature/vectors.json"), &file); err != nil {
		t.Fatal(err)
	}

	if len(file.Vectors) < 5 {
		t.Fatalf("only %d vectors", len(file.Vectors))
	}

	for form, pasted := range keyForms(t) {
		key, err := ParseKey(pasted)
		if err != nil {
			t.Errorf("%s: %v", form, err)

			continue
		}

		for _, v := range file.Vectors {
			t.Run(form+", "+v.Name, func(t *testing.T) {
				body := sample(t, "freshchat/signature/"+v.Body)

				e, err := Webhook(key, v.Signature, body)
				if v.Valid {
					if err != nil || e.Kind != bridge.FreshchatMessage {
						t.Errorf("refused: %v", err)
					}

					return
				}

				if bridge.CodeOf(err) != bridge.Unauthorized || e.Kind != bridge.FreshchatOther {
					t.Errorf("event %v, error %v, want Unauthorized", e, err)
				}
			})
		}
	}
}

func TestAKeyIsStoredInOneForm(t *testing.T) {
	for form, pasted := range keyForms(t) {
		key, err := ParseKey(pasted)
		if err != nil {
			t.Fatal(err)
		}

		if want := string(sample(t, "freshchat/signature/public_key.pem")); key != want {
			t.Errorf("%s: got\n%s", form, key)
		}
	}
}

func TestSignedBytesAreNotWhatTheyMean(t *testing.T) {
	key, sign := newKey(t)
	body := []byte(`{"action":"message_create","data":{"message":{"id":"m","message_parts":[{"text":{"content":"안녕하세요 😀"}}]}}}`)
	signature := sign(body)

	for _, tt := range []struct {
		name      string
		signature string
		body      []byte
		want      bridge.Code
	}{
		{"the bytes as received", signature, body, ""},
		{"blanks around the signature", " " + signature + "\n", body, ""},
		{"the same meaning, escaped", signature, []byte(strings.ReplaceAll(string(body), "😀", `\ud83d\ude00`)), bridge.Unauthorized},
		{"one blank more", signature, append(bytes.Clone(body), ' '), bridge.Unauthorized},
		{"no body", signature, nil, bridge.Unauthorized},
		{"no signature", "", body, bridge.Unauthorized},
		{"a signature that is no base64", "!" + signature[1:], body, bridge.Unauthorized},
		{"half a signature", signature[:172], body, bridge.Unauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Webhook(key, tt.signature, tt.body)
			if tt.want == "" && err != nil {
				t.Fatal(err)
			}

			if tt.want != "" && bridge.CodeOf(err) != tt.want {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestAWebhookWithoutAKeyIsUnavailable(t *testing.T) {
	for _, key := range []string{"", "nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := Webhook(key, "x", []byte("{}")); bridge.CodeOf(err) != bridge.Unavailable {
			t.Errorf("key %q: error = %v", key, err)
		}
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}

	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	pkcs8, _ := x509.MarshalPKCS8PrivateKey(big)
	pkcs1 := x509.MarshalPKCS1PrivateKey(big)
	ecPrivate, _ := x509.MarshalECPrivateKey(curve)
	ecPublic, _ := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	public, _ := x509.MarshalPKIXPublicKey(&big.PublicKey)
	armored := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	shown := string(sample(t, "freshchat/signature/public_key_as_shown_in_admin.txt"))

	for _, tt := range []struct {
		name, pasted, words string
	}{
		{"nothing", "", wordsKeyNone},
		{"only blanks", " \n\u00a0", wordsKeyNone},
		{"words", "my public key", wordsKeyNotOne},
		{"an API key", "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJmcmVzaGNoYXQifQ.c2lnbmF0dXJl", wordsKeyNotOne},
		{"a private key", armored("PRIVATE KEY", pkcs8), wordsKeyPrivate},
		{"an older private key", armored("RSA PRIVATE KEY", pkcs1), wordsKeyPrivate},
		{"a private key under a public label", armored("PUBLIC KEY", pkcs8), wordsKeyPrivate},
		{"a bare private key", base64.StdEncoding.EncodeToString(pkcs8), wordsKeyPrivate},
		{"an older bare private key", base64.StdEncoding.EncodeToString(pkcs1), wordsKeyPrivate},
		{"a bare private key of a curve", base64.StdEncoding.EncodeToString(ecPrivate), wordsKeyPrivate},
		{"a public key and a private one", armored("PUBLIC KEY", public) + armored("PRIVATE KEY", pkcs8), wordsKeyPrivate},
		{"a key of a curve", armored("PUBLIC KEY", ecPublic), wordsKeyKind},
		{"two keys", armored("PUBLIC KEY", public) + armored("PUBLIC KEY", public), wordsKeyNotOne},
		{"a certificate", armored("CERTIFICATE", public), wordsKeyNotOne},
		{"half a key", shown[:200], wordsKeyNotOne},
		{"a key without its end", strings.TrimSuffix(shown, " -----END RSA PUBLIC KEY-----"), wordsKeyNotOne},
		{"a short key", weakKey(1024), wordsKeyWeak},
		{"a key one bit too short", weakKey(2047), wordsKeyWeak},
		{"an enormous key", weakKey(8193), wordsKeyHuge},
		{"an endless text", strings.Repeat("A", 1<<20), wordsKeyNotOne},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := ParseKey(tt.pasted)

			var refusal *bridge.Error
			if !errors.As(err, &refusal) || refusal.Field != "webhook_key" || refusal.Code != bridge.Invalid || key != "" {
				t.Fatalf("ParseKey = %q, %v; want a refusal for the field webhook_key", key, err)
			}

			if refusal.Words != tt.words {
				t.Errorf("words = %q, want %q", refusal.Words, tt.words)
			}

			if len(tt.pasted) > 40 && strings.Contains(err.Error(), tt.pasted[30:40]) {
				t.Error("the error repeats what was pasted")
			}
		})
	}
}

// weakKey is a public key whose modulus has that many bits: nobody holds its
// private half, and nobody needs to.
func weakKey(bits int) string {
	n := make([]byte, (bits+7)/8)
	for i := range n {
		n[i] = 0xff
	}

	n[0] >>= uint(len(n)*8 - bits)

	var key rsa.PublicKey
	key.E = 65537
	key.N = bigFrom(n)
	der := x509.MarshalPKCS1PublicKey(&key)

	return base64.StdEncoding.EncodeToString(der)
}

// newKey returns a public key as it is stored, and what signs for it.
func newKey(t *testing.T) (stored string, sign func([]byte) string) {
	t.Helper()

	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}

	stored, err = ParseKey(base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&private.PublicKey)))
	if err != nil {
		t.Fatal(err)
	}

	return stored, func(body []byte) string { return signWith(t, private, body) }
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{
		"", "-----BEGIN PUBLIC KEY----- AAAA -----END PUBLIC KEY-----", "-----END PUBLIC KEY----- x -----BEGIN PUBLIC KEY-----",
		`\n\n`, "AAAA", weakKey(1024), weakKey(2048),
	} {
		f.Add(s)
	}

	f.Fuzz(func(t *testing.T, pasted string) {
		key, err := ParseKey(pasted)
		if err != nil {
			var refusal *bridge.Error
			if !errors.As(err, &refusal) || refusal.Words == "" {
				t.Errorf("refused without words: %v", err)
			}

			return
		}

		again, err := ParseKey(key)
		if err != nil || again != key {
			t.Errorf("what was accepted is not accepted again: %v", err)
		}

		if _, err := publicKey(key); err != nil {
			t.Errorf("what was accepted cannot be used: %v", err)
		}
	})
}
