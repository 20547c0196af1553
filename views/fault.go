package views

// ErrorModel is a page that could not be shown.
type ErrorModel struct {
	// Heading says what happened, Why and Next the rest, one sentence each.
	Heading string
	Why     string
	Next    string
	// Reference is set only for an unexpected fault of ours.
	Reference string
}

// ErrorText is the page for an HTTP status when nothing more is known than that. A status that
// is not in the list counts as a fault of ours.
func ErrorText(status int) ErrorModel {
	if m, ok := errorTexts[status]; ok {
		return m
	}

	return errorTexts[500]
}

var errorTexts = map[int]ErrorModel{
	400: {
		Heading: "This request is not complete",
		Why:     "Something that the page needs was missing or was changed on the way.",
		Next:    "Go back, reload the page and try again.",
	},
	401: {
		Heading: "You are not signed in",
		Why:     "What was asked for is shown only to the people whom it concerns.",
		Next:    "Open the page from the app in Freshchat.",
	},
	403: {
		Heading: "This form came from another page",
		Why:     "Forms are taken only from our own pages, so that nobody can send them in your name.",
		Next:    "Open the page again from the app in Freshchat.",
	},
	404: {
		Heading: "There is nothing at this address",
		Why:     "It may be mistyped, or only a part of it was copied.",
		Next:    "Copy the whole address again, or open the app in Freshchat.",
	},
	405: {
		Heading: "This address cannot be used like this",
		Why:     "It is there for a button of one of our pages.",
		Next:    "Go back and use the buttons of the page.",
	},
	409: {
		Heading: "Something else came first",
		Why:     "What this was about has changed since the page was opened.",
		Next:    "Go back, reload the page and look again.",
	},
	410: {
		Heading: "This address no longer works",
		Why:     "It was made for a limited time or for one use.",
		Next:    "Open the page it came from and start there again.",
	},
	413: {
		Heading: "This is too large",
		Why:     "It is longer than anything that belongs here.",
		Next:    "Go back and send less.",
	},
	415: {
		Heading: "This could not be read",
		Why:     "It did not arrive in the form that the page sends.",
		Next:    "Go back and try once more.",
	},
	429: {
		Heading: "That was too often in a short time",
		Why:     "Each address may send a form only so many times a minute.",
		Next:    "Wait a minute, then try again.",
	},
	500: {
		Heading: "Something went wrong on our side",
		Why:     "What you sent may not have been saved.",
		Next:    "Try again. If it happens once more, tell support the reference below.",
	},
	503: {
		Heading: "We are not ready at the moment",
		Why:     "The service is starting or being updated; messages are kept and follow.",
		Next:    "Try again in a minute.",
	},
}
