package auth

import (
	"bytes"
	"regexp"
	"testing"
)

func TestRandomForms(t *testing.T) {
	r := NewRandom(nil)
	for _, tt := range []struct {
		name string
		make func() string
		form string
	}{
		{"a link secret is 43 characters of base64url", r.Secret, `^[A-Za-z0-9_-]{43}$`},
		{"an id is 22 characters of base64url", r.ID, `^[A-Za-z0-9_-]{22}$`},
		{"a code is 26 capitals and digits that are not misread", r.Code, `^[0-9A-HJKMNP-TV-Z]{26}$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := tt.make(), tt.make()
			if !regexp.MustCompile(tt.form).MatchString(a) {
				t.Errorf("%q does not match %s", a, tt.form)
			}
			if a == b {
				t.Errorf("%q came twice", a)
			}
		})
	}
}

func TestRandomUsesItsSource(t *testing.T) {
	r := NewRandom(bytes.NewReader(make([]byte, secretSize)))
	if got, want := r.Secret(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"; got != want {
		t.Errorf("Secret = %q, want %q", got, want)
	}

	defer func() {
		if recover() == nil {
			t.Error("a source that ran dry still gave a value")
		}
	}()
	r.Secret()
}

func TestHashCode(t *testing.T) {
	const code = "7K3M01ABCDEFGHJKMNPQRSTVWX"
	for _, tt := range []struct {
		name string
		text string
		same bool
	}{
		{"as shown", code, true},
		{"with blanks and a line break", " 7K3M01ABCDEFGH JKMNPQRSTVWX\r\n", true},
		{"in small letters", "7k3m01abcdefghjkmnpqrstvwx", true},
		{"with dashes", "7K3M-01ABC-DEFGH-JKMNP-QRSTV-WX", true},
		{"misread", "7K3MOlABCDEFGHJKMNPQRSTVWX", true},
		{"another code", "7K3M01ABCDEFGHJKMNPQRSTVWY", false},
		{"a shorter code", code[:25], false},
		{"nothing", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := HashCode(tt.text) == HashCode(code); got != tt.same {
				t.Errorf("same hash: %v, want %v", got, tt.same)
			}
		})
	}
	if bytes.Contains([]byte(HashCode(code)), []byte(code[:8])) {
		t.Error("the hash shows the code")
	}
}

func TestSame(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{{"key", "key", true}, {"key", "kex", false}, {"key", "keys", false}, {"", "", true}, {"", "k", false}} {
		if got := Same(tt.a, tt.b); got != tt.want {
			t.Errorf("Same(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}
