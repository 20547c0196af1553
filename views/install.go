package views

import "sellerchat/views/components"

// Names of the fields that the install page posts.
const (
	FieldFlow      = "flow"
	FieldDomain    = "freshchat_domain"
	FieldAPIKey    = "freshchat_api_key"
	FieldAuthCode  = "auth_code_url"
	FieldShopCode  = "shop_code"
	FieldRegion    = "shop_region"
	FieldTopic     = "topic"
	FieldCandidate = "candidate"
)

// Values of the Shop Region field.
const (
	RegionUnitedKingdom = "uk"
	RegionOther         = "other"
)

// Paths that the install page posts to. PathPickUp asks, without scripts never, whether a code
// arrived from the authorize tab: 204 when none did, else the parts of the page.
const (
	PathVerify   = "/install/verify"
	PathChange   = "/install/change"
	PathTopics   = "/install/topics"
	PathShop     = "/install/shop"
	PathPickUp   = "/install/pickup"
	PathFinish   = "/install/finish"
	PathCode     = "/install/code"
	PathHandover = "/install/handover"
)

// Notices that are fixed words.
const (
	NoticeVerified  = "Verified Successfully"
	NoticeInstalled = "App Installed"
	NoticeSaved     = "Saved"
)

// Input is a field that somebody filled in: what stands in it, and what is wrong with it.
type Input struct {
	Value string
	Error string
}

// InstallModel is the install page until the app is installed.
type InstallModel struct {
	// Flow is the token that every post carries.
	Flow string
	// Notice stands at the top. When it is empty and fields are in error, they are listed instead.
	Notice  components.Notice
	Connect ConnectModel
	Shop    ShopModel
	Topic   TopicModel
	// Pressed is the path of the button whose answer is awaited, empty when none is.
	Pressed string

	inPlace bool
}

// ConnectModel is part 1: the Freshchat account.
type ConnectModel struct {
	Domain Input
	// KeyError is what is wrong with the API key. The key itself is never given to a page.
	KeyError string
	// PasteAgain is set when a key was typed and the whole page, which cannot keep it, is shown again.
	PasteAgain bool
	// Verified opens parts 2 and 3.
	Verified bool
	// Unfolded shows the fields although they are verified, since somebody wants to change them.
	Unfolded bool
	// Host and KeyTail, the last four characters, stand for the fields once verified.
	Host    string
	KeyTail string
}

// ShopModel is part 2: the TikTok shop.
type ShopModel struct {
	// AuthorizeURL is the address of the authorize page, with the state of this flow.
	AuthorizeURL string
	AuthCode     Input
	// FromAuthorization is set when the code came from the authorize tab rather than by hand.
	FromAuthorization bool
	// Exchanged is set when the code was used and what it gave is kept, so no new one is needed.
	Exchanged bool
	// AskRegion shows the drop-down Shop Region.
	AskRegion bool
	Region    Input
	Code      Input
	// Found names the shop: "Glow Beauty, United Kingdom".
	Found string
	// Candidates are the shops of this authorization, offered when Code is none of them.
	Candidates []ShopCandidate
}

// ShopCandidate is a shop to choose.
type ShopCandidate struct {
	Code string
	Name string
}

// TopicModel is part 3: where messages go.
type TopicModel struct {
	Choices []components.Choice
	Topic   Input
	// LoadError is why the topics could not be read.
	LoadError string
}

// InstalledModel is the install page after the app is installed.
type InstalledModel struct {
	Flow string
	// Shop and Topic and Account say what was joined.
	Shop    string
	Topic   string
	Account string
	// Handover, when set, is the frame around the page that is told of the installation.
	Handover *HandoverModel
	// SetupCode is shown when there is no frame. Empty beside a nil Handover offers a new one.
	SetupCode  string
	ValidUntil components.Moment
	// Warning names what did not work and is tried again, such as the subscription to messages.
	Warning string
	// Again is set when the page was opened once more, so that the frame has been told already.
	Again bool
}

// HandoverModel is where and for what request the page reports.
type HandoverModel struct {
	Origin string
	Nonce  string
}

// InstallExpiredModel is the install page of a flow that is over.
type InstallExpiredModel struct {
	// RestartURL opens a new flow, in the same frame if there is one.
	RestartURL string
}

// part is the model for a partial update: the page has a cursor, which the script moves.
func (m InstallModel) part() InstallModel {
	m.inPlace = true

	return m
}

// notice is the one at the top: the given one, or the list of the fields in error.
func (m InstallModel) notice() components.Notice {
	links := m.errors()
	if m.Notice.Title != "" {
		return m.Notice
	}
	switch len(links) {
	case 0:
		return components.Notice{}
	case 1:
		return components.Notice{Tone: components.ToneError, Title: "One field needs your attention.", Links: links}
	default:
		return components.Notice{Tone: components.ToneError, Title: "Some fields need your attention.", Links: links}
	}
}

// errors lists the fields in error, in the order of the page.
func (m InstallModel) errors() []components.FieldLink {
	all := []components.FieldLink{
		{FieldID: FieldDomain, Label: labelDomain, Error: m.Connect.Domain.Error},
		{FieldID: FieldAPIKey, Label: labelAPIKey, Error: m.Connect.KeyError},
		{FieldID: FieldAuthCode, Label: labelAuthCode, Error: m.Shop.AuthCode.Error},
		{FieldID: FieldRegion, Label: labelRegion, Error: m.Shop.Region.Error},
		{FieldID: FieldShopCode, Label: labelShopCode, Error: m.Shop.Code.Error},
		{FieldID: FieldTopic, Label: labelTopic, Error: m.Topic.Topic.Error},
	}
	var out []components.FieldLink
	for _, link := range all {
		if link.Error != "" {
			out = append(out, link)
		}
	}

	return out
}

// focus tells whether the cursor starts in a field: in the first one in error, or in the first
// field of a page on which nothing was done yet.
func (m InstallModel) focus(name string) bool {
	if m.inPlace {
		return false
	}
	if links := m.errors(); len(links) > 0 {
		return links[0].FieldID == name
	}
	if m.Connect.Unfolded {
		return name == FieldDomain
	}

	return false
}

// folded tells whether part 1 is one line.
func (m InstallModel) folded() bool { return m.Connect.Verified && !m.Connect.Unfolded }

// enterAction is what the Enter key does in a field.
func (m InstallModel) enterAction() string {
	if m.Connect.Verified {
		return PathFinish
	}

	return PathVerify
}

// Labels of the install page. Administrators and support articles know the fields by these words.
const (
	labelDomain    = "Freshchat Domain"
	labelAPIKey    = "Freshchat API Key"
	labelAuthCode  = "Auth Code URL"
	labelRegion    = "Shop Region"
	labelShopCode  = "TikTok Seller Shop Code"
	labelTopic     = "Freshchat Topic"
	labelSetupCode = "Setup Code"
)

func (m InstallModel) domainField() components.Field {
	return components.Field{
		Name: FieldDomain, Label: labelDomain, Value: m.Connect.Domain.Value, Error: m.Connect.Domain.Error,
		Placeholder: "acme-123.freshchat.com", Required: true, Focus: m.focus(FieldDomain),
		Help: "“Your chat URL” in API DETAILS FOR CHAT. Paste it as it is.",
	}
}

func (m InstallModel) keyField() components.Field {
	f := components.Field{
		Name: FieldAPIKey, Label: labelAPIKey, Type: "password", Error: m.Connect.KeyError,
		Required: true, Focus: m.focus(FieldAPIKey),
		Help: "“Your API key” in API DETAILS FOR CHAT. Copy only from that box.",
	}
	switch {
	case m.Connect.PasteAgain:
		f.Note = "Paste the key again: this page does not keep what was typed."
	case m.Connect.Verified:
		f.Note = "Leave it empty to keep the key that ends in " + m.Connect.KeyTail + "."
	}

	return f
}

func (m InstallModel) authCodeField() components.Field {
	f := components.Field{
		Name: FieldAuthCode, Label: labelAuthCode, Value: m.Shop.AuthCode.Value, Error: m.Shop.AuthCode.Error,
		Required: true, Focus: m.focus(FieldAuthCode),
		Help: "After authorizing you land on a page with an address to copy. Paste the whole address.",
	}
	switch {
	case m.Shop.AuthCode.Error != "":
	case m.Shop.Exchanged:
		f.Note = "This code has been read already and stays good for this page."
	case m.Shop.FromAuthorization:
		f.Note = "Filled in from your authorization just now."
	}

	return f
}

func (m InstallModel) regionField() components.Field {
	return components.Field{
		Name: FieldRegion, Label: labelRegion, Value: m.Shop.Region.Value, Error: m.Shop.Region.Error,
		Placeholder: "Choose a region", Required: true, Focus: m.focus(FieldRegion),
		Help: "The code alone does not say where the shop is. The whole address does.",
	}
}

func regionChoices() []components.Choice {
	return []components.Choice{
		{Value: RegionUnitedKingdom, Label: "United Kingdom"},
		{Value: RegionOther, Label: "Other regions"},
	}
}

func (m InstallModel) shopCodeField() components.Field {
	return components.Field{
		Name: FieldShopCode, Label: labelShopCode, Value: m.Shop.Code.Value, Error: m.Shop.Code.Error,
		Required: true, Focus: m.focus(FieldShopCode),
		Help: "Seller Center → your shop name, top right.",
	}
}

func (m InstallModel) topicField() components.Field {
	f := components.Field{
		Name: FieldTopic, Label: labelTopic, Value: m.Topic.Topic.Value, Error: m.Topic.Topic.Error,
		Placeholder: "Choose a topic", Required: true, Focus: m.focus(FieldTopic),
		Help: "Buyers' messages appear under this topic.",
	}
	if len(m.Topic.Choices) == 0 {
		f.Placeholder = "No topics to choose from"
	}
	if !m.Connect.Verified {
		f.Placeholder = "Topics are read when you verify"
	}

	return f
}

// noTopics tells whether the account answered without any topic.
func (m InstallModel) noTopics() bool {
	return m.Connect.Verified && m.Topic.LoadError == "" && len(m.Topic.Choices) == 0
}

// notice is the fixed one, also on a page that was opened again.
func (m InstalledModel) notice() components.Notice {
	return components.Notice{Tone: components.ToneSuccess, Title: NoticeInstalled}
}

var expiredNotice = components.Notice{
	Tone:  components.ToneWarning,
	Title: "This page has been open for too long.",
}
