package tiktoksim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// sign is the request signature of
// https://partner.tiktokshop.com/docv2/page/sign-your-api-request: the path,
// every query parameter but "sign" and "access_token" in the order of their
// names, and the body, which is empty for multipart requests, wrapped in the
// secret.
func sign(secret, path string, query url.Values, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(secret + path))
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name != "sign" && name != "access_token" {
			mac.Write([]byte(name + strings.Join(query[name], ",")))
		}
	}
	mac.Write(body)
	mac.Write([]byte(secret))

	return hex.EncodeToString(mac.Sum(nil))
}

// signWebhook is the Authorization header of a webhook, by
// https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview.
func signWebhook(app *App, body []byte) string {
	mac := hmac.New(sha256.New, []byte(app.AppSecret))
	mac.Write([]byte(app.AppKey))
	mac.Write(body)

	return hex.EncodeToString(mac.Sum(nil))
}
