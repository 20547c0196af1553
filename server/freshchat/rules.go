package freshchat

import (
	"net/http"
	"regexp"
	"strings"

	"sellerchat/server/bridge"
)

// rule says what a refusal means. The first rule that fits is taken.
type rule struct {
	// status is the HTTP status; 0 fits every status.
	status int
	// text has to be found in the platform's message, in any case; nil fits
	// every message.
	text *regexp.Regexp
	// bot makes the rule fit only what is written in the name of a bot.
	bot bool
	// media makes the rule fit only calls about a file, upload only those that
	// bring one.
	media, upload bool

	class bridge.Class
	cause bridge.Cause
	// unsure is true where the platform may have done what it refused.
	unsure bool
	// words are for people; {host} and {may} are filled in.
	words string
}

// The words that more than one rule, or more than one kind of failure, uses.
const (
	wordsKey     = "Freshchat did not accept this API key. Copy it again from API DETAILS FOR CHAT: the box above it belongs to another product."
	wordsScope   = "The key works, but may not {may}. An account admin can make a new one on the same screen."
	wordsHost    = "{host} does not answer as Freshchat does. Copy the chat URL again from API DETAILS FOR CHAT."
	wordsSilent  = "We could not reach {host}. Check the spelling, or try again in a minute if it is right."
	wordsTrouble = "Freshchat could not do this just now. Try again in a minute."
	wordsPause   = "Freshchat asks us to slow down. Try again in a minute."
	wordsTopic   = "The Freshchat topic is switched off or deleted. Choose another one on the settings page."
	wordsRefused = "Freshchat refused this message. Write it again in another form."
	wordsMedia   = "Freshchat did not take this file."
	wordsUnsafe  = "Freshchat's virus scan found this file unsafe, so it was not passed on."
	wordsLost    = "Freshchat no longer knows this conversation. The next message of the buyer starts a new one."
)

// rules are what is known of the platform's refusals. The texts are not
// documented: they were observed, and the ones about topics and about authors
// are assumed. https://developers.freshchat.com/api/
var rules = []rule{
	{status: http.StatusUnauthorized, class: bridge.Reauthorize, cause: bridge.CauseCredentials, words: wordsKey},
	// A bot may be refused where an agent is not; if it was the key after
	// all, the agent's note is refused as well and says so.
	{status: http.StatusForbidden, bot: true, class: bridge.Permanent, cause: bridge.CauseBotRefused},
	// Keys made long ago may post but not upload: nothing but the file has to
	// wait for a new one.
	{status: http.StatusForbidden, upload: true, class: bridge.Unsupported, cause: bridge.CauseScopeMissing, words: wordsScope},
	{status: http.StatusForbidden, class: bridge.Reauthorize, cause: bridge.CauseScopeMissing, words: wordsScope},
	{status: http.StatusTooManyRequests, class: bridge.RateLimited, words: wordsPause},
	{text: regexp.MustCompile(`(?i)not the latest conversation`), class: bridge.Permanent, cause: bridge.CauseNotLatest, words: wordsLost},
	// Seen on messages that were posted all the same.
	{
		status: http.StatusBadRequest, text: regexp.MustCompile(`(?i)class ?cast|cannot be cast|could not cast`),
		class: bridge.Temporary, unsure: true, words: wordsTrouble,
	},
	{
		status: http.StatusBadRequest, text: regexp.MustCompile(`(?i)(image|video|file)_empty_content`),
		class: bridge.Unsupported, cause: bridge.CauseMedia, words: "Freshchat could not fetch the attachment. Send it again or describe it in words.",
	},
	{
		status: http.StatusBadRequest, text: regexp.MustCompile(`(?i)(channel|topic).*` + unusable + `|` + unusable + `.*(channel|topic)`),
		class: bridge.Reauthorize, cause: bridge.CauseTopic, words: wordsTopic,
	},
	{
		status: http.StatusNotFound, text: regexp.MustCompile(`(?i)channel|topic`),
		class: bridge.Reauthorize, cause: bridge.CauseTopic, words: wordsTopic,
	},
	// Whatever else was wrong, the same message in another form may do.
	{status: http.StatusBadRequest, media: true, class: bridge.Unsupported, cause: bridge.CauseMedia, words: wordsMedia},
	{status: http.StatusUnsupportedMediaType, media: true, class: bridge.Unsupported, cause: bridge.CauseMedia, words: wordsMedia},
	{status: http.StatusUnprocessableEntity, media: true, class: bridge.Unsupported, cause: bridge.CauseMedia, words: wordsMedia},
	{
		status: http.StatusRequestEntityTooLarge, media: true, class: bridge.Unsupported, cause: bridge.CauseMedia,
		words: "This file is too large for Freshchat.",
	},
	{status: http.StatusBadRequest, bot: true, class: bridge.Permanent, cause: bridge.CauseBotRefused},
	{
		status: http.StatusConflict, class: bridge.Temporary,
		words: "Somebody else changed the same thing in Freshchat just now. Try again in a minute.",
	},
	{
		status: http.StatusRequestEntityTooLarge, class: bridge.Unsupported,
		words: "This message is too large for Freshchat. Send it in smaller pieces.",
	},
	{status: http.StatusRequestTimeout, class: bridge.Temporary, unsure: true, words: wordsTrouble},
}

// unusable is how a platform may say that a channel cannot be used.
const unusable = `(not found|does not exist|disabled|inactive|not (active|enabled|valid)|invalid|unknown)`

// ruleFor finds what a refusal with this status and message means.
func ruleFor(op operation, status int, message string) rule {
	for _, r := range rules {
		if r.fits(op, status, message) {
			return r
		}
	}

	switch {
	case status == http.StatusNotFound:
		return absence(op)
	case status >= http.StatusInternalServerError:
		return rule{class: bridge.Temporary, unsure: true, words: wordsTrouble}
	default:
		return rule{class: bridge.Permanent, words: wordsRefused}
	}
}

func (r rule) fits(op operation, status int, message string) bool {
	return (r.status == 0 || r.status == status) &&
		(!r.bot || op.bot) && (!r.media || op.media) && (!r.upload || op.upload != "") &&
		(r.text == nil || r.text.MatchString(message))
}

// absence is what a 404 means for the call.
func absence(op operation) rule {
	switch op.absent {
	case bridge.CauseHost:
		return rule{class: bridge.Temporary, cause: bridge.CauseHost, words: wordsHost}
	case bridge.CauseConversation:
		return rule{class: bridge.Permanent, cause: bridge.CauseConversation, words: wordsLost}
	case bridge.CauseMedia:
		return rule{class: bridge.Unsupported, cause: bridge.CauseMedia, words: wordsMedia}
	default:
		return rule{class: bridge.Permanent, words: "Freshchat no longer knows this person. The next message makes a new entry."}
	}
}

// fill puts the host and the right that was missing into words.
func fill(words string, op operation, host string) string {
	return strings.NewReplacer("{host}", host, "{may}", op.may).Replace(words)
}
