package config

import (
	"fmt"
	"log/slog"
)

// masked is shown in the place of a secret.
const masked = "[secret]"

// Secret is a text that is never printed: every way of formatting, logging or marshalling it shows
// a mask, or nothing when it is empty.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns the mask.
func (s Secret) String() string {
	if s == "" {
		return ""
	}

	return masked
}

// Format writes the mask whatever the verb is.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue logs the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText marshals the mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
