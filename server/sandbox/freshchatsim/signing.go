package freshchatsim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"sync"
)

// signingBits is the size of the keys that Freshchat shows.
const signingBits = 2048

// signer holds an account's webhook key pair. Making one takes a moment, so
// it is made when it is first needed: thousands of accounts without webhooks
// cost nothing.
type signer struct {
	once sync.Once
	key  *rsa.PrivateKey
	err  error
}

func (s *signer) private() (*rsa.PrivateKey, error) {
	s.once.Do(func() {
		if s.key == nil {
			s.key, s.err = rsa.GenerateKey(rand.Reader, signingBits)
		}
	})
	if s.err != nil {
		return nil, fmt.Errorf("make webhook key: %w", s.err)
	}

	return s.key, nil
}

// sign returns the value of X-Freshchat-Signature for body: base64 of RSA
// PKCS#1 v1.5 with SHA-256 over the bytes as they are sent.
func (s *signer) sign(body []byte) (string, error) {
	key, err := s.private()
	if err != nil {
		return "", err
	}

	sum := sha256.Sum256(body)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign webhook: %w", err)
	}

	return base64.StdEncoding.EncodeToString(sig), nil
}

// adminForm returns the public key as Freshchat's webhook page shows it: on
// one line, and under the label of PKCS#1 although the body is SPKI.
func (s *signer) adminForm() (string, error) {
	key, err := s.private()
	if err != nil {
		return "", err
	}

	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", fmt.Errorf("encode webhook key: %w", err)
	}

	return "-----BEGIN RSA PUBLIC KEY----- " + base64.StdEncoding.EncodeToString(der) + " -----END RSA PUBLIC KEY-----", nil
}
