package web

import (
	"mime"
	"path"
	"strings"
	"unicode"
)

// nameMost is how many characters of a file's name are kept.
const nameMost = 100

// unnamed is what a file without a name that can be used is called.
const unnamed = "file"

// fileName is the parameter of Content-Disposition for what an author called a
// file: its last part, without anything that a system or a person could take
// for something else. What is shown gets the ending of what it is.
func fileName(name, ending string) string {
	name = safeName(name)

	if had := path.Ext(name); ending != "" && !sameEnding(had, ending) {
		name = strings.TrimSuffix(name, had) + ending
	}

	return encodeName(name)
}

// sameEnding reports whether a name has an ending of the type already.
func sameEnding(had, ending string) bool {
	had = strings.ToLower(had)

	return had == ending || ending == ".jpg" && had == ".jpeg"
}

// safeName keeps what can be the name of a file everywhere.
func safeName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]

	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1 // also what turns the direction of writing around
		case strings.ContainsRune(`<>:"|?*%`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		default:
			return r
		}
	}, name)

	name = strings.Trim(shorten(name), ". ")
	if name == "" {
		return unnamed
	}

	return name
}

// shorten keeps the ending of a name that is too long.
func shorten(name string) string {
	all := []rune(name)
	if len(all) <= nameMost {
		return name
	}

	ending := []rune(path.Ext(name))
	if len(ending) > nameMost/2 {
		ending = nil
	}

	return string(all[:nameMost-len(ending)]) + string(ending)
}

// encodeName writes a name as RFC 6266 wants it: as it is, and for what is
// beyond ASCII once more in the form of RFC 5987, with a name in ASCII before
// it for those who do not read that.
func encodeName(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '_'
		}

		return r
	}, name)

	parameter := strings.TrimPrefix(mime.FormatMediaType("x", map[string]string{"filename": plain}), "x")
	if plain == name {
		return parameter
	}

	return parameter + strings.TrimPrefix(mime.FormatMediaType("x", map[string]string{"filename": name}), "x")
}
