package demo

import (
	"cmp"
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/tiktoksim"
)

// scene is everything that both platforms show at one moment.
type scene struct {
	shops     []shop
	chats     []*chat                     // TikTok's conversations, with what stands for them in Freshchat
	threads   []freshchatsim.Conversation // all of Freshchat's, by their opening
	account   freshchatsim.Account
	since     time.Time // of the installation
	installed bool
}

// shop is a shop and whether its messages reach the backend.
type shop struct {
	tiktoksim.ShopView
	connected bool
}

// chat is a buyer's conversation with a shop on TikTok, and the conversations
// in Freshchat that stand for it.
type chat struct {
	tiktoksim.ConversationView
	shop     shop
	messages []tiktoksim.MessageView
	threads  []string               // ids in Freshchat
	agents   []freshchatsim.Message // everything in those, in order of time
	in, out  lane
}

// look reads both platforms. What appears in between is seen the next time.
func (d *Demo) look() (*scene, error) {
	s := &scene{}
	s.since, s.installed = d.Market.Installed()

	var err error
	if s.account, err = d.Freshchat.Account(d.Account); err != nil {
		return nil, err
	}
	list, err := d.Freshchat.Conversations(d.Account, "")
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		full, err := d.Freshchat.Conversation(c.ID)
		if err != nil {
			return nil, err
		}
		s.threads = append(s.threads, full)
	}

	byAPI := d.throughAPI()
	for _, view := range d.TikTok.Shops() {
		connected, err := d.TikTok.Subscribed(view.ID)
		if err != nil {
			return nil, err
		}
		sh := shop{view, connected}
		s.shops = append(s.shops, sh)
		if err := d.lookAtShop(s, sh, byAPI); err != nil {
			return nil, err
		}
	}

	return s, nil
}

func (d *Demo) lookAtShop(s *scene, sh shop, byAPI map[string]bool) error {
	list, err := d.TikTok.Conversations(sh.ID)
	if err != nil {
		return err
	}
	for _, view := range list {
		messages, err := d.TikTok.Messages(view.ID)
		if err != nil {
			return err
		}
		c := &chat{ConversationView: view, shop: sh, messages: messages}
		for _, t := range s.threads {
			if tiktokID(t) == view.ID {
				c.threads = append(c.threads, t.ID)
				c.agents = append(c.agents, t.Messages...)
			}
		}
		slices.SortStableFunc(c.agents, func(a, b freshchatsim.Message) int { return a.Created.Compare(b.Created) })
		c.compare(s.since, s.installed, byAPI)
		s.chats = append(s.chats, c)
	}

	return nil
}

// propertyTikTok is where the app shows agents which conversation it is.
const propertyTikTok = "tiktok_conversation_id"

// tiktokID is the conversation on TikTok that one in Freshchat stands for.
func tiktokID(c freshchatsim.Conversation) string {
	for _, p := range c.User.Properties {
		if p.Name == propertyTikTok {
			return p.Value
		}
	}

	return ""
}

// throughAPI returns the ids of messages that came through TikTok's API,
// reading on in the ledger from where it stopped.
func (d *Demo) throughAPI() map[string]bool {
	d.mu.Lock()
	defer d.mu.Unlock()

	for _, e := range d.TikTok.Ledger().After(d.sent.seq, 0) {
		if e.Kind == tiktoksim.KindAPIMessage {
			d.sent.ids[e.MessageID] = true
		}
		d.sent.seq = e.Seq
	}
	ids := make(map[string]bool, len(d.sent.ids))
	for id := range d.sent.ids {
		ids[id] = true
	}

	return ids
}

// compare fills the lanes: what was written on one side since the app was
// installed, and what stands on the other.
func (c *chat) compare(since time.Time, installed bool, byAPI map[string]bool) {
	for _, m := range c.messages {
		text := saidOn(m)
		switch {
		case m.Role == tiktoksim.RoleBuyer && text != "" && installed && c.shop.connected && !m.Created.Before(since):
			c.in.sent = append(c.in.sent, said{m.ID, text, m.Created})
		case byAPI[m.ID] && text != "":
			c.out.arrived = append(c.out.arrived, said{m.ID, text, m.Created})
		}
	}
	for _, m := range c.agents {
		text := plain(m.Text())
		switch {
		case m.Type != freshchatsim.TypeNormal || text == "":
		case m.ActorType == freshchatsim.ActorUser:
			c.in.arrived = append(c.in.arrived, said{m.ID, late.ReplaceAllString(text, ""), m.Created})
		case m.ActorType == freshchatsim.ActorAgent && m.Source != sourceAPI && installed && !m.Created.Before(since):
			c.out.sent = append(c.out.sent, said{m.ID, text, m.Created})
		}
	}
	c.in.match()
	c.out.match()
}

// sourceAPI marks what was posted through Freshchat's API: the app's doing.
const sourceAPI = "api"

// late is how the app marks a message that came after a later one.
var late = regexp.MustCompile(`^\[Late, sent [^\]]*\]\s*`)

// tags are what an agent's editor may put around words.
var tags = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)

// plain is what a person reads of a text that may be HTML.
func plain(text string) string {
	return strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(text, "")))
}

// editorText writes plain words as an agent's editor hands them over.
func editorText(words string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(words)
}

// content is what the content string of a message on TikTok may hold.
type content struct {
	Content string `json:"content"`
	URL     string `json:"url"`
	Cover   string `json:"cover"`
}

func contentOf(m tiktoksim.MessageView) content {
	var c content
	if json.Unmarshal([]byte(m.Content), &c) != nil {
		c.Content = m.Content
	}

	return c
}

// saidOn are the words of a text on TikTok; nothing for any other kind.
func saidOn(m tiktoksim.MessageView) string {
	if m.Type != tiktoksim.TypeText {
		return ""
	}

	return strings.TrimSpace(contentOf(m).Content)
}

// thread finds a conversation of Freshchat.
func (s *scene) thread(id string) (freshchatsim.Conversation, bool) {
	i := slices.IndexFunc(s.threads, func(c freshchatsim.Conversation) bool { return c.ID == id })
	if i < 0 {
		return freshchatsim.Conversation{}, false
	}

	return s.threads[i], true
}

// newest is the conversation in Freshchat in which something happened last.
func (s *scene) newest() string {
	if len(s.threads) == 0 {
		return ""
	}

	return slices.MaxFunc(s.threads, func(a, b freshchatsim.Conversation) int {
		return cmp.Compare(a.Updated.UnixNano(), b.Updated.UnixNano())
	}).ID
}
