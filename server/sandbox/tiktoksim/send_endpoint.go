package tiktoksim

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"sellerchat/server/sandbox/simkit"
)

// textMax counts UTF-16 units, the strictest reading of the vendor's "2000
// characters".
const textMax = 2000

// outgoing is a message that Send Message understood.
type outgoing struct {
	composed // as it will be listed, with the shapes of incoming messages
	kind     string
}

// sendMessage follows https://partner.tiktokshop.com/docv2/page/send-message-202309.
func (s *Sim) sendMessage(c *call) (any, *refusal) {
	var in struct {
		Type    string          `json:"type"`
		Content json.RawMessage `json:"content"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	var content string
	if json.Unmarshal(in.Content, &content) != nil {
		return nil, s.refused(c, errChatParameter("content must be a string holding JSON"))
	}

	s.mu.Lock()
	v, no := s.conversationOf(c)
	var out outgoing
	if no == nil {
		out, no = s.understand(c.shop, in.Type, content)
	}
	if no == nil {
		no = s.permit(v, out)
	}
	var m *message
	if no == nil {
		m = s.appendMessage(v, &message{kind: out.kind, content: out.content, medium: out.medium, role: RoleAgent, visible: true})
		s.record(v, KindAPIMessage, RoleAgent, m, out.text, out.parts)
		s.notifyMessage(v, m)
	}
	s.mu.Unlock()

	if no != nil {
		return nil, s.refused(c, no)
	}
	if f, ok := s.faults.Should(FaultEchoFirst, v.id, c.shop.ID, "send_message"); ok {
		_ = s.clock.Wait(c.r.Context(), delayOf(f, 200*time.Millisecond)) // whoever hung up still sent it
	}

	return map[string]string{"message_id": m.id}, nil
}

// refused notes a refusal in the ledger and returns it.
func (s *Sim) refused(c *call, no *refusal) *refusal {
	s.ledger.Add(simkit.Entry{
		Kind: KindRefused, Account: c.shop.ID, Conversation: c.r.PathValue("conversation_id"), Author: RoleAgent,
		Parts: strconv.Itoa(no.code),
	})

	return no
}

// permit applies the rules of the conversation and of good words. The caller
// holds the lock.
func (s *Sim) permit(v *conversation, out outgoing) *refusal {
	subjects := []string{v.id, v.shop.ID, "send_message"}
	if _, ok := s.faults.Should(FaultConversationRule, subjects...); ok || s.isClosed(v) || !s.canSend(v.shop, v.buyer) {
		return errRule
	}
	if _, ok := s.faults.Should(FaultSensitive, subjects...); ok {
		return errSensitive
	}
	lower := strings.ToLower(out.text)
	for _, word := range s.settings.SensitiveWords {
		if word != "" && strings.Contains(lower, strings.ToLower(word)) {
			return errSensitive
		}
	}
	if strings.HasSuffix(out.kind, "_CARD") {
		if _, ok := s.faults.Should(FaultCardRefused, subjects...); ok {
			return errCard
		}
	}

	return nil
}

// understand reads the content of one of the types that may be sent. The
// caller holds the lock.
func (s *Sim) understand(sh *shop, kind, content string) (outgoing, *refusal) {
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(content), &fields) != nil {
		return outgoing{}, errChatParameter("content must be a string holding JSON")
	}

	switch kind {
	case TypeText:
		return understandText(fields)
	case TypeImage:
		return s.understandImage(sh, content)
	case TypeVideo:
		return s.understandVideo(sh, fields)
	case TypeProductCard, TypeOrderCard, TypeLogisticsCard, TypeReturnRefundCard, TypeCouponCard:
		return understandCard(kind, fields, content)
	default:
		return outgoing{}, errChatParameter("type")
	}
}

func understandText(fields map[string]json.RawMessage) (outgoing, *refusal) {
	var text string
	if json.Unmarshal(fields["content"], &text) != nil || strings.TrimSpace(text) == "" {
		return outgoing{}, errChatParameter("content")
	}
	if len(utf16.Encode([]rune(text))) > textMax {
		return outgoing{}, errChatParameter("content is longer than 2000 characters")
	}

	return outgoing{composed{content: encode(map[string]string{"content": text}), text: text}, TypeText}, nil
}

// understandImage accepts only what the shop uploaded, with the numbers that
// the upload answered.
func (s *Sim) understandImage(sh *shop, content string) (outgoing, *refusal) {
	var in struct {
		URL    string `json:"url"`
		Width  int    `json:"width"`
		Height int    `json:"height"`
	}
	if json.Unmarshal([]byte(content), &in) != nil {
		return outgoing{}, errChatParameter("width and height must be numbers")
	}

	m := s.mediumAt(in.URL)
	if m == nil || m.shop != sh || !s.clock.Now().Before(m.until) {
		return outgoing{}, errChatParameter("url is not one of an uploaded image")
	}
	if in.Width != m.width || in.Height != m.height {
		return outgoing{}, errChatParameter("width and height are not those of the image")
	}

	return s.outgoingMedium(TypeImage, m), nil
}

func (s *Sim) understandVideo(sh *shop, fields map[string]json.RawMessage) (outgoing, *refusal) {
	var vid string
	if json.Unmarshal(fields["vid"], &vid) != nil {
		return outgoing{}, errChatParameter("vid")
	}
	m := s.videos[vid]
	if m == nil || m.shop != sh {
		return outgoing{}, errChatParameter("vid is not one of an uploaded video")
	}

	return s.outgoingMedium(TypeVideo, m), nil
}

func (s *Sim) outgoingMedium(kind string, m *medium) outgoing {
	return outgoing{composed{content: s.show(kind, "", m, m.url, m.until), parts: describe(kind, m), medium: m}, kind}
}

func understandCard(kind string, fields map[string]json.RawMessage, content string) (outgoing, *refusal) {
	needed := []string{cardKey[kind]}
	if kind == TypeReturnRefundCard {
		needed = append(needed, "sku_id")
	}
	var first string
	for i, name := range needed {
		var id string
		if json.Unmarshal(fields[name], &id) != nil || id == "" {
			return outgoing{}, errChatParameter(name)
		}
		if i == 0 {
			first = id
		}
	}

	return outgoing{composed{content: content, parts: kind + " " + first}, kind}, nil
}
