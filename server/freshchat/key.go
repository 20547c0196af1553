package freshchat

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"sellerchat/server/bridge"
)

const (
	fieldKey = "webhook_key"
	// pastedLimit bounds what is looked at, in bytes: a key of 8192 bits takes
	// less than 2 KB.
	pastedLimit = 16 << 10
	// smallestKey and largestKey are bounds in bits: shorter keys can be
	// forged, longer ones make every webhook slow to verify.
	smallestKey = 2048
	largestKey  = 8192
)

// The words for a key that is refused.
const (
	wordsKeyCopy    = "Copy everything from BEGIN to END that Freshchat shows on its webhook page."
	wordsKeyNone    = "Paste the public key that Freshchat shows on its webhook page."
	wordsKeyNotOne  = "This is not a public key. " + wordsKeyCopy
	wordsKeyPrivate = "This is a private key, which must stay secret. " + wordsKeyCopy
	wordsKeyKind    = "This public key is not of the kind that Freshchat signs with, which is RSA. " + wordsKeyCopy
	wordsKeyWeak    = "This key is too short to be safe, so it is not Freshchat's. " + wordsKeyCopy
	wordsKeyHuge    = "This key is larger than any that Freshchat uses. " + wordsKeyCopy
)

// armor is the line around a key, also after a word processor has joined its
// hyphens.
var armor = regexp.MustCompile(`[-\x{2010}-\x{2015}]+ ?(BEGIN|END) ([A-Za-z0-9 ]+?) ?[-\x{2010}-\x{2015}]+`)

var errKey = errors.New("not an RSA public key")

// ParseKey reads the public key of an account's webhooks as an admin pastes it
// from Freshchat and returns it as PEM, the form that Webhook takes. Freshchat
// shows it on one line, under the label of another format; with or without
// blanks, line breaks (also written as \n) and labels it is the same key.
// A refusal is a *bridge.Error for the field webhook_key.
func ParseKey(pasted string) (string, error) {
	der, words := decodeKey(pasted)
	if words != "" {
		return "", refuseKey(words)
	}

	key, words := rsaKey(der)
	if words != "" {
		return "", refuseKey(words)
	}

	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", refuseKey(wordsKeyNotOne)
	}

	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})), nil
}

// decodeKey strips what surrounds the base64 of a key. Its second answer is
// the refusal, if it is one.
func decodeKey(pasted string) (der []byte, words string) {
	if len(pasted) > pastedLimit {
		return nil, wordsKeyNotOne
	}

	text := strings.NewReplacer(`\r`, "", `\n`, " ", "\u200b", "", "\ufeff", "").Replace(pasted)
	if strings.TrimSpace(text) == "" {
		return nil, wordsKeyNone
	}

	if lines := armor.FindAllStringSubmatchIndex(text, -1); lines != nil {
		if strings.Contains(strings.ToUpper(text), "PRIVATE KEY") {
			return nil, wordsKeyPrivate
		}

		begin := lines[0]
		if len(lines) != 2 || text[begin[2]:begin[3]] != "BEGIN" || !strings.Contains(text[begin[4]:begin[5]], "PUBLIC KEY") {
			return nil, wordsKeyNotOne
		}

		text = text[begin[1]:lines[1][0]]
	}

	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '"' || r == '\'' {
			return -1
		}

		return r
	}, text)

	der, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(der) == 0 {
		return nil, wordsKeyNotOne
	}

	return der, ""
}

// rsaKey reads a key in either format of public keys. Its second answer is the
// refusal, if it is one.
func rsaKey(der []byte) (key *rsa.PublicKey, words string) {
	if parsed, err := x509.ParsePKIXPublicKey(der); err == nil {
		rsaKey, isRSA := parsed.(*rsa.PublicKey)
		if !isRSA {
			return nil, wordsKeyKind
		}

		key = rsaKey
	} else if key, err = x509.ParsePKCS1PublicKey(der); err != nil {
		if private(der) {
			return nil, wordsKeyPrivate
		}

		return nil, wordsKeyNotOne
	}

	switch bits := key.N.BitLen(); {
	case bits < smallestKey:
		return nil, wordsKeyWeak
	case bits > largestKey:
		return nil, wordsKeyHuge
	case key.E < 3 || key.E%2 == 0:
		return nil, wordsKeyNotOne
	}

	return key, ""
}

// private reports whether a private key was pasted without its label.
func private(der []byte) bool {
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return true
	}

	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return true
	}

	_, err := x509.ParseECPrivateKey(der)

	return err == nil
}

// publicKey reads a stored key.
func publicKey(stored string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(stored))
	if block == nil {
		return nil, errKey
	}

	key, words := rsaKey(block.Bytes)
	if words != "" {
		return nil, errKey
	}

	return key, nil
}

func refuseKey(words string) error {
	return &bridge.Error{Code: bridge.Invalid, Field: fieldKey, Words: words, Err: errKey}
}
