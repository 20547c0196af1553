package install

import (
	"net/url"
	"slices"
	"strings"

	"sellerchat/server/bridge"
)

// authCode is what was found in the Auth Code URL field.
type authCode struct {
	code string
	// market is empty when the address did not tell.
	market bridge.Market
}

var (
	errNoCode = &bridge.Error{
		Code: bridge.Invalid, Field: FieldCode,
		Words: "There is no code in this address. Copy it from the page that says Copy this address.",
	}
	errRefused = &bridge.Error{
		Code: bridge.Invalid, Field: FieldCode,
		Words: "The authorization was not given on TikTok. Open Authorize your shop and press Authorize at the end.",
	}
	errMarket = &bridge.Error{
		Code: bridge.Invalid, Field: FieldRegion,
		Words: "A code alone does not tell where the shop is. Choose the shop's region.",
	}
)

// encodings is how often an address may have been encoded by what it was sent
// through.
const encodings = 2

// readCode finds the code in what an admin pasted: the complete address, or
// only the code, with the blanks, line breaks, quotation marks and encodings
// that pasting adds.
func readCode(pasted string, markets []bridge.Market) (authCode, error) {
	if len(pasted) > maxTyped {
		return authCode{}, &bridge.Error{Code: bridge.Invalid, Field: FieldCode, Words: maxTypedWords}
	}

	text := strings.Trim(squeeze(pasted), "\"'<>“”‘’«»,")

	for range encodings {
		plain, err := url.PathUnescape(text)
		if err != nil || holdsCode(text) {
			break
		}

		text = plain
	}

	if !holdsCode(text) && !strings.ContainsAny(strings.TrimRight(text, "="), "?/:&=") {
		return bareCode(text)
	}

	return codeInAddress(text, markets)
}

func holdsCode(text string) bool {
	_, values := split(text)

	return values.Has("code") || values.Has("error")
}

func bareCode(text string) (authCode, error) {
	if text == "" || text == "null" {
		return authCode{}, errNoCode
	}

	return authCode{code: text}, nil
}

// split returns the path of an address and its parameters; a text without a
// question mark may be the parameters alone. What cannot be read of them is
// left out.
func split(text string) (path string, values url.Values) {
	path, query, found := strings.Cut(text, "?")
	if !found {
		path, query = "", text
	}

	query, _, _ = strings.Cut(query, "#")
	values, _ = url.ParseQuery(query)

	return path, values
}

func codeInAddress(text string, markets []bridge.Market) (authCode, error) {
	path, values := split(text)
	code := values.Get("code")

	if values.Get("error") != "" || code == "null" {
		return authCode{}, errRefused
	}

	if code == "" {
		return authCode{}, errNoCode
	}

	market := bridge.Market(values.Get("market"))
	if market == "" {
		market = bridge.Market(path[strings.LastIndexByte(path, '/')+1:])
	}

	if !slices.Contains(markets, market) {
		market = ""
	}

	return authCode{code: code, market: market}, nil
}

// marketFor decides through which market a code is exchanged.
func marketFor(c authCode, chosen bridge.Market, markets []bridge.Market) (bridge.Market, error) {
	switch {
	case c.market != "":
		return c.market, nil
	case len(markets) == 1:
		return markets[0], nil
	case slices.Contains(markets, chosen):
		return chosen, nil
	default:
		return "", errMarket
	}
}
