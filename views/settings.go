package views

import "sellerchat/views/components"

// Paths that the settings page posts to.
const (
	PathSettingsKey     = "/settings/key"
	PathSettingsOptions = "/settings/options"
	PathSettingsTest    = "/settings/test"
)

// Fields of the settings page, beside FieldAPIKey.
const (
	// FieldForm carries the token of the form.
	FieldForm         = "form"
	FieldWebhookKey   = "freshchat_webhook_public_key"
	FieldMirror       = "mirror_replies"
	FieldAfterResolve = "after_resolve"
	FieldMarkRead     = "mark_read"
	FieldShowText     = "show_text"
)

// Values of the field after_resolve. The other settings are check boxes with the value "on".
const (
	AfterResolveReopen = "reopen"
	AfterResolveNew    = "new"
)

// SettingsModel is the page that an admin opens later.
type SettingsModel struct {
	// Form is the token that every post carries.
	Form   string
	Notice components.Notice
	Health HealthModel
	// Account is the connection to Freshchat.
	Account AccountModel
	Shops   []ShopStateModel
	Test    SelfTestModel
	Options OptionsModel
	Webhook WebhookModel
}

// HealthModel answers "is it working?" in one sentence.
type HealthModel struct {
	Tone     components.Tone
	Sentence string
	// Next says what to do about it, and is empty when all is well.
	Next   string
	Action ActionModel
}

// ActionModel is a link that leads to the remedy. The zero value shows nothing.
type ActionModel struct {
	Label string
	URL   string
	// NewTab is set for the vendors' own pages.
	NewTab bool
}

// AccountModel is the connection to Freshchat.
type AccountModel struct {
	Host    string
	KeyTail string
	Tone    components.Tone
	State   string
}

// ShopStateModel is the connection to one shop.
type ShopStateModel struct {
	Name   string
	Region string
	Code   string
	Topic  string
	// Expiry is until when the authorization lasts, in words: "Lasts until 3 March 2027".
	Expiry string
	Tone   components.Tone
	State  string
	Action ActionModel
	// RepairLink is what a seller without access to Freshchat is sent to authorize the shop
	// again, and empty while nothing is wrong with that.
	RepairLink string
}

// SelfTestModel is the self-test; without results before it was run.
type SelfTestModel struct {
	Results []CheckModel
	// Summary says in a sentence what came of it.
	Summary string
}

// CheckModel is one thing that the self-test tried.
type CheckModel struct {
	Tone components.Tone
	// Name says what was tried, Shop for which shop where it is one shop's.
	Name, Shop string
	// State is the mark in a word, Words what was found, Mend what to do.
	State, Words, Mend string
	Action             ActionModel
}

// OptionsModel is the four settings.
type OptionsModel struct {
	MirrorReplies bool
	// AfterResolve is AfterResolveReopen or AfterResolveNew.
	AfterResolve string
	MarkRead     bool
	ShowText     bool
	Confirm      ConfirmModel
}

// WebhookModel is Freshchat's own webhooks.
type WebhookModel struct {
	Address string
	Key     Input
	// Saved says which key is in force, in words, and is empty when there is none.
	Saved   string
	Confirm ConfirmModel
}

// ConfirmModel asks for the API key again, in the form whose change is protected.
type ConfirmModel struct {
	Ask   bool
	Error string
}

// SettingsEndedModel is the settings page without a session.
type SettingsEndedModel struct {
	// LinkSpent is set when an address was opened that had been opened before or was too old,
	// rather than a session that ran out.
	LinkSpent bool
}

// asksInOptions and asksInWebhook see to it that the page asks in one place only.
func (m SettingsModel) asksInOptions() bool { return m.Options.Confirm.Ask }
func (m SettingsModel) asksInWebhook() bool { return m.Webhook.Confirm.Ask && !m.asksInOptions() }

func (m SettingsModel) notice() components.Notice {
	if m.Notice.Title != "" {
		return m.Notice
	}
	var links []components.FieldLink
	if e := m.Webhook.Key.Error; e != "" {
		links = append(links, components.FieldLink{FieldID: FieldWebhookKey, Label: labelWebhookKey, Error: e})
	}
	if e := m.confirmError(); e != "" {
		links = append(links, components.FieldLink{FieldID: FieldAPIKey, Label: labelAPIKey, Error: e})
	}
	if len(links) == 0 {
		return components.Notice{}
	}

	return components.Notice{Tone: components.ToneError, Title: "Nothing was changed yet.", Links: links}
}

func (m SettingsModel) confirmError() string {
	if m.asksInOptions() {
		return m.Options.Confirm.Error
	}
	if m.asksInWebhook() {
		return m.Webhook.Confirm.Error
	}

	return ""
}

const (
	labelWebhookKey     = "Freshchat Webhook Public Key"
	labelWebhookAddress = "Webhook Address"
)

func (m WebhookModel) keyField() components.Field {
	return components.Field{
		Name: FieldWebhookKey, Label: labelWebhookKey, Value: m.Key.Value, Error: m.Key.Error, Note: m.Saved,
		Placeholder: "-----BEGIN RSA PUBLIC KEY-----", Required: true, Focus: m.Key.Error != "",
		Help: "Copy it from the same screen, from the first dash to the last.",
	}
}

func (m ConfirmModel) field() components.Field {
	return components.Field{
		Name: FieldAPIKey, Label: labelAPIKey, Type: "password", Error: m.Error, Required: true, Focus: m.Error != "",
		Help: "The key of this account. Agents can open this page too; the key shows that an admin asks.",
	}
}
