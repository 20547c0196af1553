package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// masked stands in the place of a secret.
	masked = "[secret]"
	// shortest is the length below which a text is too common to be masked wherever it appears.
	shortest = 8
	// longest is the length of a value in the log, in bytes; the rest is cut off.
	longest = 2 << 10
)

// secretKeys end the keys whose values are masked whatever they are.
var secretKeys = []string{
	"secret", "token", "password", "api_key", "keyset", "cookie", "signature", "auth_code", "setup_code",
}

// bearer finds credentials in the text of a request or an error.
var bearer = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]+`)

// NewLogger returns a logger that writes one JSON object a line. It masks values under keys that
// name a secret, credentials of a request, and the given secrets wherever they appear; and it cuts
// long values. Secrets shorter than eight bytes are masked by their key only.
func NewLogger(w io.Writer, secrets ...string) *slog.Logger {
	r := redactor{known: replacer(secrets)}

	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: r.replace}))
}

// redactor changes attributes on their way into the log.
type redactor struct {
	known *strings.Replacer
}

// replacer masks the secrets that are long enough, longer ones first so that none is left half.
func replacer(secrets []string) *strings.Replacer {
	sorted := slices.Clone(secrets)
	slices.SortFunc(sorted, func(a, b string) int { return len(b) - len(a) })

	var pairs []string

	for _, secret := range sorted {
		if len(secret) >= shortest {
			pairs = append(pairs, secret, masked)
		}
	}

	return strings.NewReplacer(pairs...)
}

func (r redactor) replace(groups []string, a slog.Attr) slog.Attr {
	if secretKey(a.Key) || slices.ContainsFunc(groups, secretKey) {
		return slog.String(a.Key, masked)
	}

	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, r.text(a.Value.String()))
	case slog.KindAny:
		return r.replaceAny(a)
	default:
		return a
	}
}

// replaceAny turns whatever it is into text, so that nothing is marshalled past the masks.
func (r redactor) replaceAny(a slog.Attr) slog.Attr {
	switch value := a.Value.Any().(type) {
	case slog.Level:
		return a
	case []byte:
		return slog.String(a.Key, fmt.Sprintf("%d bytes", len(value)))
	default:
		return slog.String(a.Key, r.text(fmt.Sprintf("%+v", value)))
	}
}

// text masks what must not be seen in a text and cuts it.
func (r redactor) text(s string) string {
	s = r.known.Replace(s)
	if strings.Contains(s, "earer ") || strings.Contains(s, "asic ") {
		s = bearer.ReplaceAllString(s, "$1 "+masked)
	}

	return cut(s)
}

// cut shortens a text to the longest value, between runes.
func cut(s string) string {
	if len(s) <= longest {
		return s
	}

	end := longest
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}

	return s[:end] + "…"
}

func secretKey(key string) bool {
	key = strings.ToLower(key)

	return slices.ContainsFunc(secretKeys, func(end string) bool { return strings.HasSuffix(key, end) })
}
