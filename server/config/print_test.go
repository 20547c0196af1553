package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"sellerchat/server/config"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	c := valid()
	flags := config.Flags{Keyset: keyset, TikTokApps: apps}

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c)
		fmt.Fprintf(&out, verb+"\n", flags)
		fmt.Fprintf(&out, verb+"\n", c.TikTokApps)
		fmt.Fprintf(&out, verb+"\n", c.Keyset)
	}

	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("started", "config", c, "flags", flags, "apps", c.TikTokApps, "keyset", c.Keyset)

	if err := json.NewEncoder(&out).Encode(map[string]any{"config": c, "flags": flags}); err != nil {
		t.Fatal(err)
	}

	for _, planted := range []string{keyset, secret, fmt.Sprintf("%x", keyset), fmt.Sprintf("%x", secret)} {
		if i := strings.Index(out.String(), planted); i >= 0 {
			t.Errorf("found %q in: …%s", planted, out.String()[max(0, i-100):i+len(planted)])
		}
	}

	if !strings.Contains(c.String(), "keyset: [secret]\ntiktok_apps: uk\n") {
		t.Errorf("the print lacks the masked keyset or the markets:\n%s", c)
	}
}

func TestREADMEHoldsTheTable(t *testing.T) {
	const begin, end = "<!-- configuration -->\n", "<!-- /configuration -->"

	content, err := os.ReadFile("../../README.md")
	if os.IsNotExist(err) {
		return
	}

	if err != nil {
		t.Fatal(err)
	}

	_, rest, found := strings.Cut(string(content), begin)

	block, _, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md lacks the lines %s and %s", begin, end)
	}

	if strings.TrimSpace(block) != strings.TrimSpace(config.Table()) {
		t.Errorf("the table in README.md is not this one:\n%s", config.Table())
	}
}

func TestTableHasARowForEachSetting(t *testing.T) {
	table := config.Table()

	for _, row := range []string{
		"| `SELLERCHAT_LISTEN` | Public listener. With port 0 a free one is chosen and logged. | `:8080` |\n",
		"| `SELLERCHAT_KEYSET` | Keyset that seals stored secrets and signs our tokens, as sellerchat keys new prints it. Or the path of a file that holds it, in `SELLERCHAT_KEYSET_FILE`. | none |\n",
	} {
		if !strings.Contains(table, row) {
			t.Errorf("the table lacks %q:\n%s", row, table)
		}
	}

	if rows := strings.Count(table, "\n") - 2; rows != 17 {
		t.Errorf("the table has %d rows, want 17", rows)
	}
}
