package tiktok

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
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

// webhookDigest returns what signs a webhook of an app.
// https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
func webhookDigest(appKey, secret string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(appKey))
	_, _ = mac.Write(body)

	return mac.Sum(nil)
}
