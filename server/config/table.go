package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Table returns the settings as a Markdown table, for the README.
func Table() string {
	var text strings.Builder

	text.WriteString("| variable | meaning | default |\n|---|---|---|\n")

	for field := range reflect.TypeFor[Flags]().Fields() {
		tag := field.Tag

		variable := tag.Get("env")
		if strings.HasSuffix(variable, fileSuffix) {
			continue
		}

		meaning := tag.Get("help")
		if _, secret := tag.Lookup("secret"); secret {
			meaning += fmt.Sprintf(" Or the path of a file that holds it, in `%s`.", variable+fileSuffix)
		}

		standard := "none"
		if value := tag.Get("default"); value != "" {
			standard = "`" + value + "`"
		}

		fmt.Fprintf(&text, "| `%s` | %s | %s |\n", variable, meaning, standard)
	}

	return text.String()
}
