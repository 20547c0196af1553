package telemetry_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"sellerchat/server/telemetry"
)

const planted = "planted-0123456789"

// masker stands for a type that masks itself.
type masker string

func (masker) LogValue() slog.Value { return slog.StringValue("[own mask]") }

// grouped stands for a type that logs its fields.
type grouped struct{ inner string }

func (g grouped) LogValue() slog.Value { return slog.GroupValue(slog.String("inner", g.inner)) }

func TestTheLogShowsNoSecret(t *testing.T) {
	tests := map[string]struct {
		args []any
		want string // what the line shows instead
	}{
		"in a value":                 {[]any{"note", "key " + planted + " refused"}, `"note":"key [secret] refused"`},
		"in an error":                {[]any{"error", fmt.Errorf("call: %w", errors.New(planted))}, `"error":"call: [secret]"`},
		"in a struct":                {[]any{"value", struct{ Inner []string }{[]string{planted}}}, `"value":"{Inner:[[secret]]}"`},
		"in a group":                 {[]any{slog.Group("request", "header", planted)}, `"request":{"header":"[secret]"}`},
		"in bytes":                   {[]any{"body", []byte(planted)}, `"body":"18 bytes"`},
		"under a key that tells":     {[]any{"api_key", "k", "access_token", "k", "Cookie", "k"}, `"api_key":"[secret]","access_token":"[secret]","Cookie":"[secret]"`},
		"in a group that tells":      {[]any{slog.Group("secret", "part", "abc")}, `"secret":{"part":"[secret]"}`},
		"as credentials of a call":   {[]any{"header", "Authorization: Bearer abc.def-123 sent"}, `"header":"Authorization: Bearer [secret] sent"`},
		"as credentials in capitals": {[]any{"header", "AUTHORIZATION: BEARER ABC.DEF-123 sent"}, `"header":"AUTHORIZATION: BEARER [secret] sent"`},
		"as credentials after a tab": {[]any{"header", "Basic\tabc123= sent"}, `"header":"Basic [secret] sent"`},
		"masked by its type":         {[]any{"value", masker(planted)}, `"value":"[own mask]"`},
		"numbers stay as they are":   {[]any{"status", 401, "ok", false}, `"status":401,"ok":false`},
		"short secrets do not blur":  {[]any{"note", "short answer"}, `"note":"short answer"`},
		"the longer of two is whole": {[]any{"note", planted + "-longer"}, `"note":"[secret]"`},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder

			log := telemetry.NewLogger(&out, planted, planted+"-longer", "short", "")
			log.With("bound", planted).Info("told "+planted, test.args...)

			if strings.Contains(out.String(), planted) {
				t.Errorf("the secret is shown: %s", &out)
			}

			if !strings.Contains(out.String(), test.want) {
				t.Errorf("line %s lacks %s", &out, test.want)
			}

			if !strings.Contains(out.String(), `"level":"INFO","msg":"told [secret]","bound":"[secret]"`) {
				t.Errorf("line %s lacks the masked message", &out)
			}
		})
	}
}

// What is attached to a logger is written without a further look.
func TestWhatIsAttachedForGoodIsMasked(t *testing.T) {
	tests := map[string]any{
		"a text":               planted,
		"an error":             errors.New(planted),
		"a group":              slog.GroupValue(slog.String("inner", planted)),
		"a group in a group":   slog.GroupValue(slog.Group("inner", "innermost", planted)),
		"what becomes a group": grouped{planted},
	}

	for name, value := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder

			log := telemetry.NewLogger(&out, planted)
			log.With("bound", value).Info("nothing to mask")
			log.WithGroup("outer").With("bound", value).Info("nothing to mask")

			if strings.Contains(out.String(), planted) || strings.Count(out.String(), "[secret]") != 2 {
				t.Errorf("lines %s", &out)
			}
		})
	}
}

func TestLongValuesAreCutBetweenRunes(t *testing.T) {
	var out strings.Builder

	telemetry.NewLogger(&out).Info("told", "note", "x"+strings.Repeat("é", 5000))

	var line struct{ Note string }
	if err := json.Unmarshal([]byte(out.String()), &line); err != nil {
		t.Fatal(err)
	}

	want := "x" + strings.Repeat("é", 1023) + "…"
	if line.Note != want {
		t.Errorf("note has %d bytes and ends in %q, want %d bytes", len(line.Note), line.Note[len(line.Note)-8:], len(want))
	}
}
