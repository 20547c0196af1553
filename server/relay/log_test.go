package relay

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

func TestTheLogHoldsTextOnlyWhereTheAdminWantsIt(t *testing.T) {
	for _, show := range []bool{false, true} {
		var lines bytes.Buffer

		a := &attempt{
			Relay: &Relay{log: slog.New(slog.NewJSONHandler(&lines, nil)), clock: time.Now},
			inst:  bridge.Installation{Settings: bridge.Settings{ShowText: show}},
			claim: bridge.Claim{Delivery: bridge.Delivery{
				Message: bridge.Message{Parts: []bridge.Part{{Kind: bridge.PartText, Text: "my address is Elm Street 5"}}},
			}},
		}
		a.logLine(t.Context(), deliveredVerdict())

		if got := strings.Contains(lines.String(), "Elm Street"); got != show {
			t.Errorf("with the setting %v the text in the log is %v: %s", show, got, lines.String())
		}
	}
}
