package views

import (
	"strconv"

	"sellerchat/views/components"
)

// PathAuthorized takes the answer to the question of the copy page.
const PathAuthorized = "/install/authorized"

// Fields of the copy page's question.
const (
	// FieldOffer carries what the question is about, and proves that we asked it.
	FieldOffer = "offer"
	// FieldCode and FieldMarket carry what TikTok gave.
	FieldCode   = "code"
	FieldMarket = "market"
)

// WaitSeconds is how long the waiting page stays; its progress bar is drawn for just that long.
const WaitSeconds = 3

// AuthorizeModel is the page that asks where the shop is.
type AuthorizeModel struct {
	Choices []RegionChoice
	// Account is the host of the Freshchat account whose install page sent the person here, or empty.
	Account string
	// Again is set where shops that are connected already are authorized again; Shops names them.
	Again bool
	Shops []string
}

// RegionChoice is one of the two large choices.
type RegionChoice struct {
	URL string
	// Name is the region: "United Kingdom".
	Name string
	// Seller is what TikTok's page calls it: "European seller".
	Seller string
}

// WaitingModel is the page on which TikTok leaves the seller.
type WaitingModel struct {
	// NextURL is the copy page, or the page of the refusal.
	NextURL string
}

// AuthorizedModel is the page with the address to copy.
type AuthorizedModel struct {
	// URL is the whole address, with the code in it.
	URL        string
	ValidUntil components.Moment
	// Offer, when set, asks whether to hand the code to an open install page.
	Offer *OfferModel
	// ConnectedTo is the account that the code was handed to, once it was.
	ConnectedTo string
	// Notice says why a hand-over did not work, and is empty otherwise.
	Notice components.Notice
}

// OfferModel is the question "Send the chats of your shop to acme.freshchat.com?".
type OfferModel struct {
	// Account is the host that is asked about.
	Account string
	// Repair is set where shops that are connected already are authorized again.
	Repair bool
	// Token proves the question; Code and Market are what is handed over.
	Token  string
	Code   string
	Market string
	// DeclineURL shows the copy page without the question.
	DeclineURL string
}

// AuthorizeRefusedModel is the page after the authorization was not given.
type AuthorizeRefusedModel struct {
	// RetryURL leads back to the choice.
	RetryURL string
	// Again is set where shops that are connected already were to be authorized again.
	Again bool
	// Reason overrides the usual sentence when TikTok gave another cause, and may be empty.
	Reason string
}

// RepairedModel is the page after shops were authorized again.
type RepairedModel struct {
	Account string
	Shops   []string
	// Waiting is how many replies were waiting and go out now.
	Waiting int
}

func (m RepairedModel) waiting() string {
	switch m.Waiting {
	case 0:
		return "No reply was waiting."
	case 1:
		return "1 reply was waiting. It goes out now."
	default:
		return strconv.Itoa(m.Waiting) + " replies were waiting. They go out now, in order."
	}
}

func (m AuthorizeRefusedModel) reason() string {
	if m.Reason != "" {
		return m.Reason
	}

	return "The authorization was not given on TikTok, so nothing was connected."
}

func (m AuthorizedModel) notice() components.Notice {
	if m.ConnectedTo != "" {
		return components.Notice{Tone: components.ToneSuccess, Title: "The code is with the install page"}
	}

	return m.Notice
}
