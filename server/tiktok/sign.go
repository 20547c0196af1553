package tiktok

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// sign returns the signature of a business call. The body is the exact bytes
// that are sent, and nil for a multipart request, whose body is not signed.
// Values count decoded; sign and access_token do not count at all.
// https://partner.tiktokshop.com/docv2/page/sign-your-api-request
func sign(secret, path string, query url.Values, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	write := func(s string) { _, _ = mac.Write([]byte(s)) }

	write(secret)
	write(path)
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name == "sign" || name == "access_token" {
			continue
		}
		write(name)
		write(strings.Join(query[name], ","))
	}
	_, _ = mac.Write(body)
	write(secret)

	return hex.EncodeToString(mac.Sum(nil))
}

// webhookSigner makes what signs the webhooks of one app. It is safe for
// concurrent use.
// https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
type webhookSigner struct {
	appKey []byte
	// macs are used again, since keying one costs as much as signing a webhook.
	macs sync.Pool
}

func newWebhookSigner(appKey, secret string) *webhookSigner {
	return &webhookSigner{
		appKey: []byte(appKey),
		macs:   sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(secret)) }},
	}
}

func (s *webhookSigner) digest(body []byte) []byte {
	mac, _ := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)

	mac.Reset()
	_, _ = mac.Write(s.appKey)
	_, _ = mac.Write(body)

	return mac.Sum(nil)
}
