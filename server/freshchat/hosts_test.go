package freshchat

import (
	"errors"
	"strings"
	"testing"

	"sellerchat/server/bridge"
)

func TestNormalise(t *testing.T) {
	for _, tt := range []struct {
		name  string
		list  []string
		typed string
		want  string // empty: refused
	}{
		{"a bare host", nil, "acme.freshchat.com", "acme.freshchat.com"},
		{"the long form that admins see", nil, "acme-000000000000000000-0a1b2c.freshchat.com", "acme-000000000000000000-0a1b2c.freshchat.com"},
		{"an older regional host", nil, "api.eu.freshchat.com", "api.eu.freshchat.com"},
		{"an address", nil, "https://acme.freshchat.com/", "acme.freshchat.com"},
		{"plain http means the same host", nil, "http://acme.freshchat.com", "acme.freshchat.com"},
		{"an address without a scheme", nil, "//acme.freshchat.com/a", "acme.freshchat.com"},
		{"the API's own address", nil, "https://acme.freshchat.com/v2", "acme.freshchat.com"},
		{"a host with a path", nil, "acme.freshchat.com/v2/", "acme.freshchat.com"},
		{"a page of the account", nil, "https://acme.freshchat.com/a/123/inbox?x=1#y", "acme.freshchat.com"},
		{"capitals", nil, "HTTPS://Acme.FreshChat.COM", "acme.freshchat.com"},
		{"blanks and line breaks from pasting", nil, " \tacme.freshchat.com\r\n", "acme.freshchat.com"},
		{"invisible characters from pasting", nil, "\ufeffacme\u200b.freshchat.com\u00a0", "acme.freshchat.com"},
		{"a dot at the end", nil, "acme.freshchat.com.", "acme.freshchat.com"},
		{"another user's name in the path only", nil, "acme.freshchat.com/@evil.com", "acme.freshchat.com"},

		{"nothing", nil, "", ""},
		{"only blanks", nil, " \n", ""},
		{"only a scheme", nil, "https://", ""},
		{"the suffix alone", nil, "freshchat.com", ""},
		{"the suffix with its dot", nil, ".freshchat.com", ""},
		{"a name that only ends in the letters", nil, "evilfreshchat.com", ""},
		{"the suffix in the middle", nil, "acme.freshchat.com.evil.com", ""},
		{"the suffix as a user name", nil, "https://acme.freshchat.com@evil.com", ""},
		{"the suffix as user name and password", nil, "https://acme.freshchat.com:443@evil.com/", ""},
		{"a user name", nil, "https://user@acme.freshchat.com", ""},
		{"a user name and password", nil, "https://user:pass@acme.freshchat.com", ""},
		{"a backslash, which some read as a slash", nil, `https://evil.com\.freshchat.com`, ""},
		{"a backslash before a user name", nil, `https://acme.freshchat.com\@evil.com`, ""},
		{"the suffix in the path", nil, "https://evil.com/.freshchat.com", ""},
		{"the suffix in the query", nil, "https://evil.com?.freshchat.com", ""},
		{"the suffix in the fragment", nil, "https://evil.com#.freshchat.com", ""},
		{"a percent sign", nil, "evil.com%2f.freshchat.com", ""},
		{"a percent sign for a zero", nil, "evil.com%00.freshchat.com", ""},
		{"a zero byte", nil, "evil.com\x00.freshchat.com", ""},
		{"a port", nil, "acme.freshchat.com:8443", ""},
		{"the usual port", nil, "acme.freshchat.com:443", ""},
		{"an empty label", nil, "acme..freshchat.com", ""},
		{"two dots at the end", nil, "acme.freshchat.com..", ""},
		{"a hyphen at a label's end", nil, "acme-.freshchat.com", ""},
		{"an underscore", nil, "ac_me.freshchat.com", ""},
		{"a label that is too long", nil, strings.Repeat("a", 64) + ".freshchat.com", ""},
		{"a name that is too long", nil, strings.Repeat("a.", 125) + "freshchat.com", ""},
		{"an address of IPv4", nil, "93.184.215.14", ""},
		{"an address of IPv4 in one number", nil, "http://2130706433", ""},
		{"an address of IPv6", nil, "[::1]", ""},
		{"an address of IPv6 before the suffix", nil, "[::1].freshchat.com", ""},
		{"this machine", nil, "localhost", ""},
		{"this machine with a port", nil, "127.0.0.1:8080", ""},
		{"letters that look alike", nil, "acme.frеshchat.com", ""},
		{"letters that look alike before the suffix", nil, "аcme.freshchat.com", ""},
		{"wide letters", nil, "acme.ｆreshchat.com", ""},
		{"a dot of another script", nil, "acme。freshchat。com", ""},
		{"a slash of another script", nil, "evil.com／.freshchat.com", ""},
		{"another scheme", nil, "ftp://acme.freshchat.com", ""},
		{"script", nil, "javascript://acme.freshchat.com", ""},
		{"a scheme twice", nil, "https://https://acme.freshchat.com", ""},
		{"an e-mail address", nil, "admin@acme.freshchat.com", ""},
		{"another product", nil, "acme.freshdesk.com", ""},

		{"a list of its own replaces the default", []string{".freshchat.eu"}, "acme.freshchat.com", ""},
		{"a suffix of a list of its own", []string{".freshchat.eu", " .Freshchat.IN "}, "acme.freshchat.in", "acme.freshchat.in"},
		{"an exact host", []string{"api.freshchat.com"}, "API.freshchat.com", "api.freshchat.com"},
		{"a host below an exact one", []string{"api.freshchat.com"}, "x.api.freshchat.com", ""},
		{"this machine in development", []string{"127.0.0.1"}, "http://127.0.0.1:8080/v2", "127.0.0.1:8080"},
		{"this machine with its port listed", []string{"127.0.0.1:8080"}, "127.0.0.1:8080", "127.0.0.1:8080"},
		{"this machine with another port than the listed one", []string{"127.0.0.1:8080"}, "127.0.0.1:8081", ""},
		{"this machine without the listed port", []string{"127.0.0.1:8080"}, "127.0.0.1", ""},
		{"this machine in IPv6, spelt otherwise", []string{"[::1]:8080"}, "http://[0:0:0:0:0:0:0:1]:8080", "[::1]:8080"},
		{"a name of this machine", []string{".localhost"}, "acme.localhost:9000", "acme.localhost:9000"},
		{"a user name on this machine", []string{"localhost"}, "user@localhost:9000", ""},
		{"a port that is none", []string{"localhost"}, "localhost:99999", ""},
		{"port zero", []string{"localhost"}, "localhost:0", ""},
		{"a port with a sign", []string{"localhost"}, "localhost:+80", ""},
		{"a port with a zero before it", []string{"localhost"}, "localhost:080", ""},
		{"a colon without a port", []string{"localhost"}, "localhost:", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hosts, err := ParseHosts(tt.list)
			if err != nil {
				t.Fatal(err)
			}

			got, err := hosts.Normalise(tt.typed)
			if got != tt.want {
				t.Errorf("Normalise(%q) = %q, want %q", tt.typed, got, tt.want)
			}

			var refusal *bridge.Error
			if tt.want == "" && (!errors.As(err, &refusal) || refusal.Field != "freshchat_domain" || refusal.Code != bridge.Invalid) {
				t.Errorf("error = %v, want one for the field freshchat_domain", err)
			}

			if again, err := hosts.Normalise(got); tt.want != "" && (err != nil || again != got) {
				t.Errorf("Normalise(%q) = %q, %v: not the same again", got, again, err)
			}
		})
	}
}

func TestWordsForARefusedHostSayWhatIsRight(t *testing.T) {
	for _, tt := range []struct {
		name  string
		list  []string
		typed string
		want  string
	}{
		{"the default", nil, "acme.example.com", "This is not a Freshchat domain. It ends in .freshchat.com, for example acme-123.freshchat.com."},
		{"nothing typed", nil, "  ", "Type the Freshchat domain of your account, for example acme-123.freshchat.com."},
		{"several suffixes", []string{".freshchat.com", ".freshchat.eu"}, "x", "This is not a Freshchat domain. It ends in .freshchat.com or .freshchat.eu, for example acme-123.freshchat.com."},
		{"exact hosts", []string{"localhost:1"}, "x", "This is not a Freshchat domain. It is localhost:1."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hosts, err := ParseHosts(tt.list)
			if err != nil {
				t.Fatal(err)
			}

			_, err = hosts.Normalise(tt.typed)
			if got := wordsOf(err); got != tt.want {
				t.Errorf("words = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseHostsRefusesWhatIsNoHost(t *testing.T) {
	for _, entry := range []string{
		"https://acme.freshchat.com", "acme.freshchat.com/v2", "*.freshchat.com", "..freshchat.com", ".", "acme.freshchat.com:443",
		".freshchat.com:443", "user@localhost", "fre$hchat.com", "localhost:x", "[::1", "[localhost]:80",
	} {
		if h, err := ParseHosts([]string{".freshchat.com", entry}); err == nil {
			t.Errorf("ParseHosts(%q) = %v, want an error", entry, h)
		}
	}
}

func TestNoHostIsAllowedWithoutAList(t *testing.T) {
	if got, err := (Hosts{}).Normalise("acme.freshchat.com"); err == nil {
		t.Errorf("the zero list allows %q", got)
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{
		"acme.freshchat.com", "https://acme.freshchat.com/v2", "user@evil.com", "[::1]:80", "127.0.0.1:8080", "a。freshchat.com", "\\", "", ":",
	} {
		f.Add(s)
	}

	hosts, err := ParseHosts([]string{".freshchat.com", "127.0.0.1"})
	if err != nil {
		f.Fatal(err)
	}

	f.Fuzz(func(t *testing.T, typed string) {
		host, err := hosts.Normalise(typed)
		if err != nil {
			return
		}

		name, _, _ := strings.Cut(host, ":")
		if name != "127.0.0.1" && (!strings.HasSuffix(host, ".freshchat.com") || host == ".freshchat.com") {
			t.Errorf("Normalise(%q) = %q", typed, host)
		}

		if strings.ContainsAny(host, "/\\@?#%[] ") || host != strings.ToLower(host) {
			t.Errorf("Normalise(%q) = %q, which is no plain host", typed, host)
		}

		if again, err := hosts.Normalise(host); err != nil || again != host {
			t.Errorf("Normalise(%q) = %q, %v: not the same again", host, again, err)
		}
	})
}
