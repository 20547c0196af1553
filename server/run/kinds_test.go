package run

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
	"sellerchat/server/freshchat"
	"sellerchat/server/tiktok"
)

var updateReadme = flag.Bool("update", false, "write the tables of kinds into the readme")

// The marks between which the readme holds the tables.
const (
	kindsBegin = "<!-- kinds -->\n"
	kindsEnd   = "<!-- /kinds -->\n"
)

// TestReadmeHasTheTablesOfKinds keeps what people read and what the program
// does the same. With -update it writes the tables.
func TestReadmeHasTheTablesOfKinds(t *testing.T) {
	const file = "../../README.md"

	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	before, rest, begun := bytes.Cut(readme, []byte(kindsBegin))

	was, after, ended := bytes.Cut(rest, []byte(kindsEnd))
	if !begun || !ended {
		t.Fatalf("the readme has no place for the tables: %s…%s", kindsBegin, kindsEnd)
	}

	is := tablesOfKinds()
	if !*updateReadme {
		if diff := cmp.Diff(is, string(was)); diff != "" {
			t.Errorf("go test ./server/run -run Readme -update writes what is missing (-) and takes away what is wrong (+):\n%s", diff)
		}

		return
	}

	whole := string(before) + kindsBegin + is + kindsEnd + string(after)
	if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
}

// becomes says what a treatment means, for people.
var becomes = map[bridge.Treatment]string{
	bridge.Carried: "carried over",
	bridge.Told:    "told in words",
	bridge.Linked:  "told in words, with a link to our copy",
	bridge.Refused: "not sent, and the agent is told",
	bridge.Ignored: "left out",
}

func tablesOfKinds() string {
	var (
		out strings.Builder
		tt  tiktok.Client
		fc  freshchat.Client
	)

	out.WriteString("What buyers send, by TikTok's own names:\n\n")
	writeAbilities(&out, tt.Abilities())
	out.WriteString("\nWhat agents send, by Freshchat's own names:\n\n")
	writeAbilities(&out, fc.Abilities())
	out.WriteString("\nWhat one call takes:\n\n| to | kind | at most | types |\n|---|---|---|---|\n")
	writeLimits(&out, "TikTok", tt.Limits())
	writeLimits(&out, "Freshchat", fc.Limits())

	return out.String()
}

func writeAbilities(out *strings.Builder, rows []bridge.Ability) {
	out.WriteString("| kind | what becomes of it | and otherwise |\n|---|---|---|\n")

	for _, a := range rows {
		name := a.Type
		if !strings.Contains(name, " ") { // else it stands for those that have no row
			name = "`" + name + "`"
		}

		fmt.Fprintf(out, "| %s | %s | %s |\n", name, becomes[a.Treatment], strings.ReplaceAll(a.Otherwise, "|", "\\|"))
	}
}

func writeLimits(out *strings.Builder, to string, rows []bridge.Limit) {
	for _, l := range rows {
		most := fmt.Sprintf("%d MB", l.Most>>20)
		if l.Kind == bridge.PartText {
			most = fmt.Sprintf("%d characters; longer ones are split", l.Most)
		}

		types := strings.Join(l.MIME, ", ")
		if types == "" {
			types = "any"
		}

		if l.Kind == bridge.PartText {
			types = "plain"
		}

		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", to, l.Kind, most, types)
	}
}

func TestEveryTreatmentHasWords(t *testing.T) {
	var (
		tt tiktok.Client
		fc freshchat.Client
	)

	for _, a := range append(tt.Abilities(), fc.Abilities()...) {
		if becomes[a.Treatment] == "" || a.Otherwise == "" {
			t.Errorf("%s: nobody is told what becomes of it", a.Type)
		}
	}
}
