package freshchat

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestShortcodes(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
	}{
		{"one", "thanks :smile:", "thanks 😄"},
		{"one alone", ":+1:", "👍"},
		{"by another name", ":thumbsup:", "👍"},
		{"two that touch", ":smile::heart:", "😄❤️"},
		{"between marks", "(:smile:), :wave:!", "(😄), 👋!"},
		{"with a tone of skin", ":wave::skin-tone-3: hi", "👋🏼 hi"},
		{"a tone of skin that nobody has", ":wave::skin-tone-9:", "👋:skin-tone-9:"},
		{"a flag", ":de: :gb:", "🇩🇪 🇬🇧"},
		{"right behind another script", "감사합니다:smile:ありがとう:bow:", "감사합니다😄ありがとう🙇"},
		{"a name that nobody knows", "ok :acme_logo: :)", "ok :acme_logo: :)"},
		{"a name that nobody knows before one", ":acme_logo:smile:", ":acme_logo:smile:"},
		{"a name of a colon too many", "::smile::", ":😄:"},
		{"a time", "at 10:30:45 or 10:100:45", "at 10:30:45 or 10:100:45"},
		{"a ratio", "1:100:1", "1:100:1"},
		{"a name inside a word", "a:smile:b", "a:smile:b"},
		{"a name behind a word", "see:smile:", "see:smile:"},
		{"a name in an address", "https://x.example/a/:smile:/b?c=:wave:", "https://x.example/a/:smile:/b?c=:wave:"},
		{"a name in an address without a scheme", "www.x.example/-:smile:", "www.x.example/-:smile:"},
		{"a name behind an address", "https://x.example :smile:", "https://x.example 😄"},
		{"an address of IPv6", "fe80::1:100:7", "fe80::1:100:7"},
		{"a name of code", "std::string::iterator", "std::string::iterator"},
		{"a name in capitals", ":SMILE:", ":SMILE:"},
		{"an emoji that has no character", ":octocat:", ":octocat:"},
		{"colons alone", ":: : ::", ":: : ::"},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := shortcodes(tt.text); got != tt.want {
				t.Errorf("shortcodes(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestTextWithoutShortcodesIsLeftAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-z0-9]{1,4}:){0,6}[a-z0-9 .:]{0,20}[a-z]`).Draw(t, "text")
		if strings.Contains(" "+text, " :") || strings.Contains(text, ".:") || strings.Contains(text, "::") {
			t.Skip("a shortcode may begin there")
		}

		if got := shortcodes(text); got != text {
			t.Errorf("shortcodes(%q) = %q", text, got)
		}
	})
}

func FuzzShortcodes(f *testing.F) {
	for _, s := range []string{"a :smile: b", ":wave::skin-tone-2:", "::::", ":a:b:c:", "10:30:45", "https://x/:smile:", ":smile", "\xff:smile:\xff"} {
		f.Add(s)
	}

	f.Fuzz(func(t *testing.T, text string) {
		got := shortcodes(text)

		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("shortcodes(%q) = %q, which is no text", text, got)
		}

		if !strings.Contains(text, ":") && got != text {
			t.Errorf("shortcodes(%q) = %q", text, got)
		}

		if strings.Count(got, ":") > strings.Count(text, ":") {
			t.Errorf("shortcodes(%q) = %q", text, got)
		}
	})
}
