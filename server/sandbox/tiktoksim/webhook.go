package tiktoksim

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"

	"sellerchat/server/sandbox/simkit"
)

// event is a kind of webhook: its number in deliveries and its name in
// subscriptions.
type event struct {
	number int
	name   string
	scope  string // without it the platform tells the app nothing
}

var (
	eventDeauthorized    = event{6, "SELLER_DEAUTHORIZATION", ""}
	eventExpiring        = event{7, "UPCOMING_AUTHORIZATION_EXPIRATION", ""}
	eventNewConversation = event{13, "NEW_CONVERSATION", ScopeChat}
	eventNewMessage      = event{14, "NEW_MESSAGE", ScopeChat}
)

// notification is the body of every webhook.
type notification struct {
	Type      int    `json:"type"`
	ID        string `json:"tts_notification_id"`
	ShopID    string `json:"shop_id"`
	Timestamp int64  `json:"timestamp"`
	Data      any    `json:"data"`
}

// messageData is the data of webhook 14: no nickname, no avatar, no user_id.
type messageData struct {
	Content        string     `json:"content"`
	ConversationID string     `json:"conversation_id"`
	CreateTime     int64      `json:"create_time"`
	IsVisible      bool       `json:"is_visible"`
	MessageID      string     `json:"message_id"`
	Index          string     `json:"index"`
	Type           string     `json:"type"`
	Sender         senderData `json:"sender"`
}

type senderData struct {
	ImUserID string `json:"im_user_id"`
	Role     string `json:"role"`
}

type conversationData struct {
	ConversationID string `json:"conversation_id"`
	CreateTime     int64  `json:"create_time"`
}

type deauthorizedData struct {
	Message string `json:"message"`
}

type expiringData struct {
	Message        string `json:"message"`
	ExpirationTime string `json:"expiration_time"`
}

// notifyMessage tells every subscriber of the shop about a message, whoever
// wrote it. The caller holds the lock.
func (s *Sim) notifyMessage(c *conversation, m *message) {
	s.notify(c.shop, eventNewMessage, c.id, messageData{
		Content: m.content, ConversationID: c.id, CreateTime: m.created.Unix(), IsVisible: m.visible, MessageID: m.id,
		Index: strconv.FormatUint(m.index, 10), Type: m.kind, Sender: senderData{ImUserID: c.imIDOf(m.role), Role: m.role},
	})
}

// imIDOf is the chat identity behind a role: all but buyers appear as the
// shop.
func (c *conversation) imIDOf(role string) string {
	if role == RoleBuyer {
		return c.buyer.ImUserID
	}

	return c.shop.imID
}

// notify tells every app that the shop authorized. The caller holds the lock.
func (s *Sim) notify(sh *shop, ev event, key string, data any) {
	for _, g := range sh.grants {
		s.notifyApp(g, sh, ev, key, data)
	}
}

// notifyApp tells one app, at the shop's address for this event or else at
// the app's. The caller holds the lock.
func (s *Sim) notifyApp(g *grant, sh *shop, ev event, key string, data any) {
	if ev.scope != "" && !slices.Contains(g.scopes, ev.scope) || !s.clock.Now().Before(g.refreshUntil) {
		return
	}
	app := s.apps[g.app.AppKey] // its address may have changed since the consent
	urls := s.addresses(app, sh, ev)
	if len(urls) == 0 {
		return
	}

	n := notification{Type: ev.number, ID: s.newID(), ShopID: sh.ID, Timestamp: s.clock.Now().Unix(), Data: data}
	body, err := json.Marshal(n)
	if err != nil {
		s.log.Error("webhook not made", slog.Any("error", err))
		return
	}
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {signWebhook(app, body)}}
	for _, u := range urls {
		s.outbox.Send(simkit.Delivery{ID: n.ID, URL: u, Key: key, Subject: sh.ID, Header: header, Body: body})
	}
}

// addresses says where an event goes. The caller holds the lock.
func (s *Sim) addresses(app *App, sh *shop, ev event) []string {
	var urls []string
	if sub := s.subs[subKey{app.AppKey, sh, ev.name}]; sub != nil {
		urls = append(urls, sub.address)
	}
	if app.WebhookURL != "" && (len(urls) == 0 || s.settings.AppWebhookToo && urls[0] != app.WebhookURL) {
		urls = append(urls, app.WebhookURL)
	}

	return urls
}
