package install

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"sellerchat/server/bridge"
)

func TestReadCode(t *testing.T) {
	const whole = "https://chat.example.com/tiktok/authorized?code=ROW_aB-9_z&market=uk"

	tests := map[string]struct {
		pasted string
		code   string
		market bridge.Market
		err    error
	}{
		"the address of the copy page":                    {whole, "ROW_aB-9_z", "uk", nil},
		"the address TikTok leads back to":                {"https://chat.example.com/tiktok/callback/asia?app_key=6k1&code=ROW_x&locale=en&shop_region=PH&state=s", "ROW_x", "asia", nil},
		"only the code":                                   {"ROW_aB-9_z", "ROW_aB-9_z", "", nil},
		"a code that ends in equals signs":                {"ROW_aB9z==", "ROW_aB9z==", "", nil},
		"a code that is percent-encoded":                  {"ROW_aB%2B9%3D", "ROW_aB+9=", "", nil},
		"a code with an encoded sign inside the address":  {"https://chat.example.com/tiktok/callback/uk?code=ROW_a%2Bb%3D", "ROW_a+b=", "uk", nil},
		"blanks around it":                                {"  " + whole + " \t", "ROW_aB-9_z", "uk", nil},
		"line breaks inside":                              {whole[:30] + "\r\n" + whole[30:50] + "\n  " + whole[50:], "ROW_aB-9_z", "uk", nil},
		"characters nobody sees":                          {"\ufeff" + whole[:40] + "\u200b" + whole[40:] + "\u00ad", "ROW_aB-9_z", "uk", nil},
		"quotation marks around it":                       {`"` + whole + `"`, "ROW_aB-9_z", "uk", nil},
		"angle brackets as in mail":                       {"<" + whole + ">", "ROW_aB-9_z", "uk", nil},
		"the whole address encoded once":                  {url.QueryEscape(whole), "ROW_aB-9_z", "uk", nil},
		"the whole address encoded twice":                 {url.QueryEscape(url.QueryEscape(whole)), "ROW_aB-9_z", "uk", nil},
		"an address of which only the end was encoded":    {"https://chat.example.com/tiktok/authorized%3Fcode%3DROW_x%26market%3Duk", "ROW_x", "uk", nil},
		"only the parameters":                             {"code=ROW_x&market=asia", "ROW_x", "asia", nil},
		"the question mark and what follows":              {"?code=ROW_x&market=asia", "ROW_x", "asia", nil},
		"an address with a fragment":                      {whole + "#top", "ROW_aB-9_z", "uk", nil},
		"an address with a parameter that cannot be read": {"https://x.example/tiktok/callback/uk?code=ROW_x&y=%zz", "ROW_x", "uk", nil},
		"a market that is not configured":                 {"https://x.example/tiktok/callback/us?code=ROW_x", "ROW_x", "", nil},
		"a refusal":                                       {"https://x.example/tiktok/callback/uk?error=auth_denied&code=null", "", "", errRefused},
		"a refusal without an error":                      {"https://x.example/tiktok/callback/uk?code=null", "", "", errRefused},
		"an error beside a code":                          {"https://x.example/tiktok/callback/uk?code=ROW_x&error=auth_denied", "", "", errRefused},
		"nothing":                                         {"", "", "", errNoCode},
		"blanks":                                          {" \n\t ", "", "", errNoCode},
		"the word null":                                   {"null", "", "", errNoCode},
		"an address without a code":                       {"https://seller-uk.tiktok.com/", "", "", errNoCode},
		"the copy page's address with its code cut off":   {"https://chat.example.com/tiktok/authorized?market=uk", "", "", errNoCode},
		"an empty code":                                   {"https://chat.example.com/tiktok/authorized?code=&market=uk", "", "", errNoCode},
		"another parameter that ends in code":             {"https://x.example/?shop_code=GBLC1", "", "", errNoCode},
		"a host alone":                                    {"https://chat.example.com", "", "", errNoCode},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readCode(test.pasted, []bridge.Market{"uk", "asia"})
			if !errors.Is(err, test.err) || got.code != test.code || got.market != test.market {
				t.Errorf("got %q for market %q and %v, want %q for %q and %v", got.code, got.market, err, test.code, test.market, test.err)
			}
		})
	}

	_, err := readCode(strings.Repeat("x", maxTyped+1), nil)
	refused(t, err, FieldCode, "longer than anything")
}

func FuzzReadCode(f *testing.F) {
	for _, seed := range []string{
		"https://chat.example.com/tiktok/authorized?code=ROW_aB-9_z&market=uk", "ROW_x", "code=ROW_x", "null", "%", "%2525",
		"https%3A%2F%2Fx%2F%3Fcode%3DROW_x", "?error=auth_denied&code=null", "\ufeff ROW_\u200bx\n", "?", "=&=?#/",
	} {
		f.Add(seed)
	}

	markets := []bridge.Market{"uk", "asia"}

	f.Fuzz(func(t *testing.T, pasted string) {
		got, err := readCode(pasted, markets)
		if (err == nil) == (got.code == "") {
			t.Fatalf("code %q beside error %v", got.code, err)
		}

		var e *bridge.Error
		if err != nil && (!errors.As(err, &e) || e.Field != FieldCode || e.Words == "") {
			t.Errorf("error %v cannot be shown", err)
		}

		if got.market != "" && got.market != "uk" && got.market != "asia" {
			t.Errorf("market %q is none of ours", got.market)
		}

		if got.code == "null" {
			t.Error("a refusal passes for a code")
		}
	})
}

func TestMarketFor(t *testing.T) {
	both := []bridge.Market{"uk", "asia"}

	tests := map[string]struct {
		code    authCode
		chosen  bridge.Market
		markets []bridge.Market
		want    bridge.Market
		asks    bool
	}{
		"the address tells":                    {authCode{"c", "asia"}, "uk", both, "asia", false},
		"a bare code and one market":           {authCode{"c", ""}, "", []bridge.Market{"asia"}, "asia", false},
		"a bare code and a chosen region":      {authCode{"c", ""}, "uk", both, "uk", false},
		"a bare code and nothing chosen":       {authCode{"c", ""}, "", both, "", true},
		"a bare code and a market that is not": {authCode{"c", ""}, "us", both, "", true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := marketFor(test.code, test.chosen, test.markets)
			if got != test.want || errors.Is(err, errMarket) != test.asks {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
