package demo

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"sellerchat/server/sandbox/tiktoksim"
)

// bubble is one message in a chat, on the phone or in the inbox.
type bubble struct {
	Key   string
	Side  side
	From  string // who wrote it, where that is not plain
	Tag   string // what kind of message it is, such as a private note
	Text  string
	Image string // address
	Video string
	Time  string
	Say   string // what a screen reader is told when it is new; empty for one's own
}

// side is where a bubble stands.
type side string

const (
	sideMine   side = "mine"
	sideTheirs side = "theirs"
	sideNote   side = "note"   // for agents only
	sideSystem side = "system" // a line in the middle
)

// phone is the buyer's phone.
type phone struct {
	Visit   visit
	Shops   []choice
	Buyers  []choice
	Shop    string // names
	Buyer   string
	Bubbles []bubble
	Hint    string // why nothing comes across
}

// choice is an option of a drop-down.
type choice struct {
	Value, Label string
	Chosen       bool
}

// quick are the emoji that one press sends.
var quick = []string{"👋", "❤️", "😂", "🙏"}

func (d *Demo) phone(v visit, s *scene) phone {
	p := phone{Visit: v}
	var here shop
	for _, sh := range s.shops {
		p.Shops = append(p.Shops, choice{sh.ID, sh.Name + ", " + regionName(sh.Region), sh.ID == v.shop})
		if sh.ID == v.shop {
			here = sh
		}
	}
	p.Shop = here.Name
	for _, b := range d.buyers() {
		p.Buyers = append(p.Buyers, choice{b.ImUserID, b.Nickname, b.ImUserID == v.buyer})
		if b.ImUserID == v.buyer {
			p.Buyer = b.Nickname
		}
	}

	switch {
	case !s.installed:
		p.Hint = "The app is not installed yet: what you write stays on TikTok."
	case !here.connected:
		p.Hint = here.Name + " is not connected. Choose a shop that is, or install the app for this one."
	}

	for _, c := range s.chats {
		if c.ShopID != v.shop || c.Buyer.ImUserID != v.buyer {
			continue
		}
		for _, m := range c.messages {
			if m.Visible {
				p.Bubbles = append(p.Bubbles, phoneBubble(m, here.Name))
			}
		}
	}

	return p
}

func phoneBubble(m tiktoksim.MessageView, shopName string) bubble {
	c := contentOf(m)
	b := bubble{Key: "p" + m.ID, Side: sideTheirs, Text: c.Content, Time: m.Created.Local().Format("15:04")}
	switch m.Role {
	case tiktoksim.RoleBuyer:
		b.Side = sideMine
	case tiktoksim.RoleSystem, tiktoksim.RoleRobot:
		b.Side = sideSystem
	}

	switch m.Type {
	case tiktoksim.TypeText:
	case tiktoksim.TypeImage, tiktoksim.TypeEmoticons:
		b.Text, b.Image = "", c.URL
	case tiktoksim.TypeVideo:
		b.Text, b.Video = "", c.URL
	case tiktoksim.TypeNotification, tiktoksim.TypeAllocated:
		b.Side = sideSystem
	default:
		b.Text = kindWords(m.Type)
	}
	if b.Side == sideTheirs {
		b.Say = shopName + ": " + b.Text
	}

	return b
}

// regionName is a region as people call it.
func regionName(code string) string {
	switch code {
	case "GB":
		return "United Kingdom"
	case "ID":
		return "Indonesia"
	default:
		return code
	}
}

// buyerWrites answers POST /buyer.
func (d *Demo) buyerWrites(r *http.Request) error {
	shopID, buyerID := r.FormValue("shop"), r.FormValue("buyer")

	m := tiktoksim.Message{Content: strings.TrimSpace(r.FormValue("text"))}
	switch {
	case r.FormValue("quick") != "":
		m.Content = r.FormValue("quick")
	case r.FormValue("send") == "photo":
		m.Type = tiktoksim.TypeImage
	case r.FormValue("send") == "video":
		m.Type = tiktoksim.TypeVideo

		// The sandbox's own clip has nothing in it to play.
		data, err := samplesByName["video"].content()
		if err != nil {
			return err
		}
		m.Media = data
	case m.Content == "":
		return errNothingWritten
	}
	if len([]rune(m.Content)) > textLimit {
		return errTooLong
	}

	_, err := d.TikTok.BuyerWrites(shopID, buyerID, m)
	if errors.Is(err, tiktoksim.ErrNotFound) {
		return errGone
	}
	if err != nil {
		return fmt.Errorf("write as the buyer: %w", err)
	}

	return nil
}
