package telemetry

import (
	"context"
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
	r := redactor{known: maskable(secrets)}

	return slog.New(masking{
		redactor: r,
		plain:    slog.NewJSONHandler(w, nil),
		masked:   slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: r.replace}),
	})
}

// masking writes records through the redactor. A record in which there is nothing to mask, which
// is nearly every one, is written as it is: that takes half the time.
type masking struct {
	redactor      redactor
	plain, masked slog.Handler
}

// Enabled implements slog.Handler.
func (m masking) Enabled(ctx context.Context, level slog.Level) bool {
	return m.plain.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (m masking) Handle(ctx context.Context, record slog.Record) error {
	clean := m.redactor.text(record.Message) == record.Message

	record.Attrs(func(a slog.Attr) bool {
		clean = clean && m.redactor.clean(a)

		return clean
	})

	if clean {
		return m.plain.Handle(ctx, record) //nolint:wrapcheck // a handler in between adds nothing
	}

	return m.masked.Handle(ctx, record) //nolint:wrapcheck // a handler in between adds nothing
}

// WithAttrs implements slog.Handler. What is attached for good is masked once and for all records.
func (m masking) WithAttrs(attrs []slog.Attr) slog.Handler {
	safe := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		safe[i] = m.redactor.attached(a)
	}

	return masking{redactor: m.redactor, plain: m.plain.WithAttrs(safe), masked: m.masked.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler. The name of a group may name a secret, so that its records
// always go through the redactor.
func (m masking) WithGroup(name string) slog.Handler { return m.masked.WithGroup(name) }

// redactor changes attributes on their way into the log.
type redactor struct {
	// known are secrets, longer ones first so that none is left half.
	known []string
}

// maskable are the secrets that are long enough.
func maskable(secrets []string) []string {
	long := slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < shortest })
	slices.SortFunc(long, func(a, b string) int { return len(b) - len(a) })

	return long
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

// attached masks what the plain handler keeps; a group all through.
func (r redactor) attached(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup || secretKey(a.Key) {
		return r.replace(nil, a)
	}

	within := a.Value.Group()
	safe := make([]slog.Attr, len(within))

	for i, one := range within {
		safe[i] = r.attached(one)
	}

	return slog.Attr{Key: a.Key, Value: slog.GroupValue(safe...)}
}

// clean reports whether there is nothing to mask or cut in an attribute.
func (r redactor) clean(a slog.Attr) bool {
	if secretKey(a.Key) {
		return false
	}

	switch a.Value.Kind() {
	case slog.KindString:
		return r.text(a.Value.String()) == a.Value.String()
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindBool, slog.KindDuration, slog.KindTime:
		return true
	default:
		return false
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
	for _, secret := range r.known {
		s = strings.ReplaceAll(s, secret, masked)
	}

	if mayHoldBearer(s) {
		s = bearer.ReplaceAllString(s, "$1 "+masked)
	}

	return cut(s)
}

// mayHoldBearer saves the search, which is slow, for texts that may hold
// credentials.
func mayHoldBearer(s string) bool {
	return strings.Contains(s, "earer") || strings.Contains(s, "asic") ||
		strings.Contains(s, "EARER") || strings.Contains(s, "ASIC")
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
