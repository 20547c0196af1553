package tiktok

import (
	"net/http"
	"strings"

	"sellerchat/server/bridge"
)

// Words for the person who wrote the message or fills in the form.
const (
	wordsOurs         = "Something is wrong on our side, and trying again will not help. Please contact support."
	wordsMended       = "Something is wrong on our side. Please contact support; what is waiting goes out once it is mended."
	wordsAuthorize    = "TikTok no longer accepts this authorization. Authorize your shop again."
	wordsScope        = "TikTok has not allowed this app to read your shop's chats yet. Contact support, then authorize again."
	wordsOtherShop    = "This authorization does not cover this shop any more. Authorize your shop again."
	wordsDeactivated  = "TikTok has deactivated this shop. Ask TikTok in Seller Center how to activate it again."
	wordsCode         = "This code has been used or is older than 30 minutes. Authorize your shop again for a new one."
	wordsTooLarge     = "TikTok takes pictures of up to 10 MB and videos of up to 100 MB. Send a smaller one."
	wordsKind         = "TikTok takes pictures as JPEG, PNG or WebP, and videos as MP4, MOV or WebM. Send it as one of these."
	wordsEmptyFile    = "This file is empty. Attach it again and send it once more."
	wordsNoSuchKind   = "TikTok takes text, pictures and videos. Send it as one of these."
	wordsForm         = "TikTok did not accept this message in this form. Shorten or reword it and send it again."
	wordsConversation = "TikTok does not know this conversation any more. Wait for the buyer to write again."
	wordsQuota        = "TikTok allows this shop no more requests today. What is waiting goes out tomorrow by itself."
	wordsSensitive    = "TikTok does not deliver messages with sensitive words. Reword the message and send it again."
	wordsNotAllowed   = "TikTok does not let this shop write in this conversation. Look it up in TikTok Seller Center."
	wordsRules        = "TikTok does not let a shop write to this buyer now: the last chat or order is too long ago. You can answer when the buyer writes again."
	wordsCard         = "TikTok did not accept this card. Send it from TikTok Seller Center."
)

// rule is what a code of the platform means to us.
type rule struct {
	class bridge.Class
	cause bridge.Cause
	words string
	// ambiguous is true when what was asked may have been done all the same.
	ambiguous bool
	wait      wait
}

// ours is the rule for what only we or the operator can mend.
var ours = rule{class: bridge.Permanent, cause: bridge.CauseOurs, words: wordsOurs}

// rules are the known codes.
// https://partner.tiktokshop.com/docv2/page/common-errors
var rules = map[int64]rule{
	101000: {class: bridge.Reauthorize, words: wordsOtherShop},
	105001: {class: bridge.Reauthorize, words: wordsAuthorize},
	105002: {class: bridge.Reauthorize, cause: bridge.CauseTokenExpired, words: wordsAuthorize},
	105005: {class: bridge.Reauthorize, cause: bridge.CauseScopeMissing, words: wordsScope},
	106001: ours, // wrong signature
	106013: ours, // shop_cipher missing

	36004004: {class: bridge.Permanent, cause: bridge.CauseCodeSpent, words: wordsCode},

	36009002: {class: bridge.RateLimited},
	36009003: {class: bridge.Temporary, ambiguous: true}, // internal error
	36009007: {class: bridge.Temporary, ambiguous: true}, // time-out
	36009009: ours,                                       // unknown path
	36009010: ours,                                       // wrong method
	36009014: ours,                                       // wrong version
	36009021: {class: bridge.Unsupported, cause: bridge.CauseMedia, words: wordsTooLarge},
	36009022: {class: bridge.Unsupported, cause: bridge.CauseMedia, words: wordsKind},
	36009023: {class: bridge.Unsupported, cause: bridge.CauseMedia, words: wordsKind},
	// Our address is not on the app's list: the operator mends it while
	// everything waits.
	36009033: {class: bridge.Temporary, cause: bridge.CauseOurs, words: wordsMended},
	36009037: {class: bridge.RateLimited, wait: untilNextHour}, // test shops
	36009043: {class: bridge.Reauthorize, cause: bridge.CauseDeactivated, words: wordsDeactivated},
	36009044: {class: bridge.Reauthorize, cause: bridge.CauseDeactivated, words: wordsDeactivated},

	45101001: {class: bridge.Temporary, ambiguous: true}, // internal error of the chat
	45101002: {class: bridge.Permanent, words: wordsForm},
	45101003: {class: bridge.Permanent, cause: bridge.CauseConversation, words: wordsConversation},
	45101004: {class: bridge.RateLimited, cause: bridge.CauseQuota, words: wordsQuota, wait: untilNextDay},
	45101006: {class: bridge.Permanent, cause: bridge.CauseSensitive, words: wordsSensitive},
	45102007: {class: bridge.Permanent, words: wordsNotAllowed},
	45109001: {class: bridge.Permanent, cause: bridge.CauseRules, words: wordsRules},
	45111017: {class: bridge.Permanent, words: wordsCard},
}

// codeInvalidParameter has many meanings, told apart by words of its message.
const codeInvalidParameter = 36009004

// parameterRules are tried in order; what none of them fits is ours to mend.
var parameterRules = []struct {
	word string
	rule rule
}{
	{"x-tts-access-token", rule{class: bridge.Reauthorize, cause: bridge.CauseTokenExpired, words: wordsAuthorize}},
	{"timestamp", rule{class: bridge.Temporary, cause: bridge.CauseClock, words: wordsMended}},
}

// ruleFor finds what a refusal means. A code that we do not know goes by its
// status, and never says that the connection is broken: a refused message must
// not stop a shop.
func ruleFor(code int64, status int, message string) rule {
	if code == codeInvalidParameter {
		message = strings.ToLower(message)
		for _, p := range parameterRules {
			if strings.Contains(message, p.word) {
				return p.rule
			}
		}

		return ours
	}
	if r, ok := rules[code]; ok {
		return r
	}

	switch {
	case code/1000 == 105:
		return rule{class: bridge.Reauthorize, words: wordsAuthorize}
	case status == http.StatusTooManyRequests:
		return rule{class: bridge.RateLimited}
	case status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return rule{class: bridge.Temporary, ambiguous: true}
	default:
		return rule{class: bridge.Permanent, words: wordsForm}
	}
}
