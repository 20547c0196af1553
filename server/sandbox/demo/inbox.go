package demo

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sellerchat/server/sandbox/freshchatsim"
)

// inbox is the agent's list of conversations.
type inbox struct {
	Visit     visit
	Installed bool
	Topics    []topicTab
	Items     []inboxItem
}

// topicTab filters the inbox.
type topicTab struct {
	Name   string
	Link   string
	Unread int
	Chosen bool
}

// inboxItem is one conversation in the list.
type inboxItem struct {
	Key      string
	Name     string
	Topic    string
	Last     string
	Time     string
	Unread   int
	Resolved bool
	Chosen   bool
	Link     string
}

// thread is the conversation that the agent has open.
type thread struct {
	ID       string
	Visit    visit
	Name     string
	Topic    string
	Facts    []string // what the app tells agents about the buyer
	Status   string
	Resolved bool
	Bubbles  []bubble
	Agents   []choice
	// Panel is the address of the app's panel; empty where there is none.
	Panel string
}

func (d *Demo) inbox(v visit, s *scene) inbox {
	box := inbox{Visit: v, Installed: s.installed}
	unread := map[string]int{}
	names := map[string]string{}
	for _, t := range s.account.Topics {
		names[t.ID] = t.Name
	}

	for _, c := range s.threads {
		n := d.unread(c)
		unread[c.TopicID] += n
		if v.topic != "" && v.topic != c.TopicID {
			continue
		}
		item := inboxItem{
			Key: "c" + c.ID, Name: personName(c.User), Topic: names[c.TopicID], Unread: n, Chosen: c.ID == v.thread,
			Time: c.Updated.Local().Format("15:04"), Resolved: c.Status == freshchatsim.StatusResolved,
			Link: v.withThread(c.ID).address(),
		}
		if chat := c.Chat(); len(chat) > 0 {
			last := chat[len(chat)-1]
			item.Last = cmp.Or(plain(last.Text()), "Attachment")
			if last.ActorType != freshchatsim.ActorUser {
				item.Last = "You: " + item.Last
			}
		}
		box.Items = append(box.Items, item)
	}
	slices.Reverse(box.Items)

	box.Topics = append(box.Topics, topicTab{Name: "All topics", Link: v.withTopic("").address(), Chosen: v.topic == ""})
	for _, t := range s.account.Topics {
		box.Topics = append(box.Topics, topicTab{t.Name, v.withTopic(t.ID).address(), unread[t.ID], v.topic == t.ID})
	}

	return box
}

// unread counts what the buyer wrote since an agent last had it open.
func (d *Demo) unread(c freshchatsim.Conversation) int {
	d.mu.Lock()
	defer d.mu.Unlock()

	return max(0, buyerMessages(c)-d.read[c.ID])
}

func buyerMessages(c freshchatsim.Conversation) int {
	n := 0
	for _, m := range c.Messages {
		if m.ActorType == freshchatsim.ActorUser {
			n++
		}
	}

	return n
}

// open shows a conversation and takes it as read.
func (d *Demo) open(v visit, s *scene) thread {
	c, found := s.thread(v.thread)
	if !found {
		return thread{Visit: v}
	}

	d.mu.Lock()
	d.read[c.ID] = buyerMessages(c)
	d.mu.Unlock()

	t := thread{
		ID: c.ID, Visit: v, Name: personName(c.User), Status: statusWords(c), Resolved: c.Status == freshchatsim.StatusResolved,
		Panel: d.Market.Panel(c.ID),
	}
	for _, topic := range s.account.Topics {
		if topic.ID == c.TopicID {
			t.Topic = topic.Name
		}
	}
	for _, p := range c.User.Properties {
		if p.Name == "tiktok_shop" {
			t.Facts = append(t.Facts, "TikTok shop: "+p.Value)
		}
	}
	agents := map[string]string{}
	for _, a := range s.account.Agents {
		agents[a.ID] = strings.TrimSpace(a.FirstName + " " + a.LastName)
		t.Agents = append(t.Agents, choice{a.ID, agents[a.ID], a.ID == c.AssignedAgentID})
	}
	for _, m := range c.Messages {
		t.Bubbles = append(t.Bubbles, threadBubble(m, t.Name, agents))
	}

	return t
}

func threadBubble(m freshchatsim.Message, buyer string, agents map[string]string) bubble {
	b := bubble{Key: "t" + m.ID, Side: sideMine, From: agents[m.ActorID], Text: plain(m.Text()), Time: m.Created.Local().Format("15:04")}
	byApp := m.Source == sourceAPI

	switch {
	case m.Type == freshchatsim.TypeSystem || m.ActorType == freshchatsim.ActorSystem:
		b.Side = sideSystem
	case m.Type == freshchatsim.TypePrivate && byApp:
		b.Side, b.From, b.Tag = sideNote, "TikTok Seller Chat", "Private note"
		b.Say = "Note from TikTok Seller Chat: " + b.Text
	case m.Type == freshchatsim.TypePrivate:
		b.Side, b.Tag = sideNote, "Private note"
	case m.ActorType == freshchatsim.ActorUser:
		b.Side, b.From, b.Say = sideTheirs, buyer, buyer+": "+b.Text
	case byApp:
		b.From, b.Tag = "Seller Center", "Written on TikTok"
	}
	for _, p := range m.Parts {
		switch p.Kind {
		case "image":
			b.Image = p.URL
		case "video":
			b.Video = p.URL
		case "file", "audio":
			b.Text = strings.TrimSpace(b.Text + " " + cmp.Or(p.Name, "File"))
		}
	}

	return b
}

func personName(u freshchatsim.User) string {
	return cmp.Or(strings.TrimSpace(u.FirstName+" "+u.LastName), "Unknown buyer")
}

func statusWords(c freshchatsim.Conversation) string {
	switch c.Status {
	case freshchatsim.StatusResolved:
		return "Resolved"
	case freshchatsim.StatusAssigned:
		return "Assigned"
	case freshchatsim.StatusReopened:
		return "Reopened"
	default:
		return "New"
	}
}

// agentWrites answers POST /agent.
func (d *Demo) agentWrites(r *http.Request) error {
	part, err := d.agentPart(r)
	if err != nil {
		return err
	}

	write := d.Freshchat.AgentReplies
	if r.FormValue("as") == "note" {
		write = d.Freshchat.AgentNotes
	}
	_, err = write(r.FormValue("thread"), r.FormValue("agent"), part)

	return agentError("write as the agent", err)
}

// agentPart is what the agent sends: words, or one of the files.
func (d *Demo) agentPart(r *http.Request) (freshchatsim.Part, error) {
	if name := r.FormValue("send"); name != "" {
		return d.attach(name)
	}

	words := strings.TrimSpace(r.FormValue("text"))
	if words == "" {
		return freshchatsim.Part{}, errNothingWritten
	}
	if len([]rune(words)) > textLimit {
		return freshchatsim.Part{}, errTooLong
	}

	return freshchatsim.Text(editorText(words)), nil
}

// agentChanges answers POST /agent/state.
func (d *Demo) agentChanges(r *http.Request) error {
	change := d.Freshchat.Resolve
	if r.FormValue("to") == "open" {
		change = d.Freshchat.Reopen
	}

	return agentError("change the conversation", change(r.FormValue("thread"), ""))
}

func agentError(doing string, err error) error {
	if errors.Is(err, freshchatsim.ErrNotFound) {
		return errGone
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}

	return nil
}
