package e2e

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/tiktoksim"
)

// chat is one buyer's conversation with a tenant's shop, seen from both ends.
type chat struct {
	tn    *tenant
	buyer tiktoksim.Buyer
	// id is TikTok's, empty until the buyer has written.
	id string
}

func (tn *tenant) addBuyer(nickname string) *chat {
	tn.w.t.Helper()

	b, err := tn.w.tiktok.AddBuyer(tiktoksim.Buyer{Nickname: nickname})
	if err != nil {
		tn.w.t.Fatal(err)
	}

	return &chat{tn: tn, buyer: b}
}

// opened is a chat in which a first message has reached the agents.
func (tn *tenant) opened(nickname string) *chat {
	tn.w.t.Helper()

	c := tn.addBuyer(nickname)
	c.buyerWrites("Hello, I am " + nickname)
	c.agentSees("Hello, I am " + nickname)

	return c
}

func (c *chat) buyerWrites(texts ...string) {
	c.tn.w.t.Helper()

	for _, text := range texts {
		p, err := c.tn.w.tiktok.BuyerWrites(c.tn.shop.ID, c.buyer.ImUserID, tiktoksim.Message{Content: text})
		if err != nil {
			c.tn.w.t.Fatal(err)
		}

		c.id = p.ConversationID
	}
}

// threads are the buyer's conversations in Freshchat, oldest first. The
// reference by which they are found is our name of the buyer there.
func (c *chat) threads() []freshchatsim.Conversation {
	c.tn.w.t.Helper()

	list, err := c.tn.w.freshchat.ConversationsOf(c.tn.account.AppID, "tiktok:"+c.tn.shop.ID+":"+c.id)
	if err != nil {
		c.tn.w.t.Fatal(err)
	}

	for i, one := range list {
		if list[i], err = c.tn.w.freshchat.Conversation(one.ID); err != nil {
			c.tn.w.t.Fatal(err)
		}
	}

	return list
}

// thread is the newest of them.
func (c *chat) thread() freshchatsim.Conversation {
	c.tn.w.t.Helper()

	list := c.threads()
	if len(list) == 0 {
		c.tn.w.t.Fatalf("%s has no conversation in Freshchat", c.buyer.Nickname)
	}

	return list[len(list)-1]
}

// shown are the buyer's messages that agents see, over all conversations.
func (c *chat) shown() []string {
	var texts []string

	for _, thread := range c.threads() {
		for _, m := range thread.Chat() {
			if m.ActorType == freshchatsim.ActorUser {
				texts = append(texts, m.Text())
			}
		}
	}

	return texts
}

// notes are what the app told the agents, over all conversations.
func (c *chat) notes() []string {
	var texts []string

	for _, thread := range c.threads() {
		for _, m := range thread.Notes() {
			if m.Source == "api" {
				texts = append(texts, m.Text())
			}
		}
	}

	return texts
}

// agentSees waits until the text is the last that the buyer wrote.
func (c *chat) agentSees(text string) {
	c.tn.w.t.Helper()
	c.tn.w.until("the agent sees "+text, func() bool { return slices.Contains(c.shown(), text) })
}

// agentReplies writes into the newest conversation.
func (c *chat) agentReplies(texts ...string) {
	c.tn.w.t.Helper()

	for _, text := range texts {
		if _, err := c.tn.w.freshchat.AgentReplies(c.thread().ID, "", freshchatsim.Text(text)); err != nil {
			c.tn.w.t.Fatal(err)
		}
	}
}

// received are the replies that TikTok took for the buyer, in its order.
func (c *chat) received() []string {
	var texts []string

	for _, e := range c.tn.w.tiktok.Ledger().Snapshot() {
		if e.Kind == tiktoksim.KindAPIMessage && e.Conversation == c.id {
			texts = append(texts, e.Text)
		}
	}

	return texts
}

// buyerSees waits until the text has come.
func (c *chat) buyerSees(text string) {
	c.tn.w.t.Helper()
	c.tn.w.until("the buyer sees "+text, func() bool { return slices.Contains(c.received(), text) })
}

// agentIsTold waits for a note in which all of the words are.
func (c *chat) agentIsTold(words ...string) {
	c.tn.w.t.Helper()
	c.tn.w.until("the agent is told: "+strings.Join(words, ", "), func() bool {
		return slices.ContainsFunc(c.notes(), func(note string) bool {
			return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(note, w) })
		})
	})
}

// wantShown fails unless agents see exactly these messages, in this order.
func (c *chat) wantShown(texts ...string) {
	c.tn.w.t.Helper()

	if diff := cmp.Diff(texts, c.shown()); diff != "" {
		c.tn.w.t.Errorf("what the agent sees (-want +got):\n%s", diff)
	}
}

// wantReceived fails unless the buyer got exactly these replies, in this order.
func (c *chat) wantReceived(texts ...string) {
	c.tn.w.t.Helper()

	if diff := cmp.Diff(texts, c.received()); diff != "" {
		c.tn.w.t.Errorf("what the buyer got (-want +got):\n%s", diff)
	}
}
