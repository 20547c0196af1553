package run

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"sellerchat/server/pack"
)

type packageCommand struct {
	Out       string `required:"" placeholder:"DIR" help:"Folder to write; the zip is put beside it as DIR.zip."`
	Source    string `default:"." placeholder:"DIR" help:"The repository, whose files are packed."`
	PublicURL string `required:"" env:"SELLERCHAT_PUBLIC_URL" placeholder:"ORIGIN" help:"The backend that the package is built for."`
}

// Run writes the Marketplace package and says which rules were checked. A
// package that breaks one is not written.
func (c *packageCommand) Run(to Streams) error {
	if _, err := os.Stat(c.Source + "/manifest.json"); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no manifest.json in %s: run this in the repository, or name it with --source", c.Source)
	}

	p, err := pack.Build(pack.Options{Source: os.DirFS(c.Source), Origin: c.PublicURL})
	if err != nil {
		return fmt.Errorf("build package: %w", err)
	}

	faults := p.Check()

	var text strings.Builder

	writeRules(&text, faults)

	if len(faults) > 0 {
		fmt.Fprintf(&text, "\n%s not written: mend what is marked above.\n", c.Out)

		return errors.Join(say(to, text.String()), errSaid)
	}

	file, size, err := p.Write(c.Out)
	if err != nil {
		return fmt.Errorf("write package: %w", err)
	}

	fmt.Fprintf(&text, "\n%s: %d files, %.1f KB packed, for %s\n", file, len(p.Files), float64(size)/1000, c.PublicURL)
	text.WriteString("\nStill to be confirmed:\n")

	for _, what := range pack.Confirm() {
		text.WriteString("  - " + what + "\n")
	}

	return say(to, text.String())
}

// writeRules lists every rule, with what breaks it.
func writeRules(text *strings.Builder, faults []pack.Fault) {
	for _, r := range pack.Rules() {
		mark := "ok  "

		var said []string

		for _, f := range faults {
			if f.Rule == r.Name {
				mark = "FAIL"
				said = append(said, f.Words)
			}
		}

		fmt.Fprintf(text, "%s  %s\n", mark, r.Name)

		for _, words := range said {
			text.WriteString("        " + words + "\n")
		}
	}
}

func say(to Streams, text string) error {
	if _, err := fmt.Fprint(to.Out, text); err != nil {
		return fmt.Errorf("print: %w", err)
	}

	return nil
}
