package demo

import "strings"

// initials stand in for a picture: the first letters of the first two words.
func initials(name string) string {
	var out []rune
	for word := range strings.FieldsSeq(name) {
		if len(out) < 2 {
			out = append(out, []rune(word)[0])
		}
	}

	return strings.ToUpper(string(out))
}
