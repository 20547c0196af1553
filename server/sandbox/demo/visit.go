package demo

import (
	"net/url"
	"slices"

	"sellerchat/server/sandbox/tiktoksim"
)

// visit is what a visitor has chosen to look at; it lives in the address.
type visit struct {
	shop   string // shop id
	buyer  string // im_user_id
	thread string // conversation in Freshchat; empty follows the newest
	topic  string // filter of the inbox; empty is every topic
	tab    string // the column shown where there is room for one only
}

// Tabs of the narrow page, in their order.
const (
	tabBuyer   = "buyer"
	tabAgent   = "agent"
	tabBackend = "backend"
	tabBreak   = "break"
)

// visitOf reads a visit from an address; what it names that does not exist is
// replaced by the first of its kind.
func (d *Demo) visitOf(q url.Values) visit {
	v := visit{shop: q.Get("shop"), buyer: q.Get("buyer"), thread: q.Get("chat"), topic: q.Get("topic"), tab: q.Get("tab")}

	shops, buyers := d.TikTok.Shops(), d.buyers()
	if len(shops) > 0 && !slices.ContainsFunc(shops, func(s tiktoksim.ShopView) bool { return s.ID == v.shop }) {
		v.shop = shops[0].ID
	}
	if len(buyers) > 0 && !slices.ContainsFunc(buyers, func(b tiktoksim.Buyer) bool { return b.ImUserID == v.buyer }) {
		v.buyer = buyers[0].ImUserID
	}
	if !slices.Contains([]string{tabBuyer, tabAgent, tabBackend, tabBreak}, v.tab) {
		v.tab = tabBuyer
	}

	return v
}

// query is the address's part for this visit.
func (v visit) query() string {
	q := url.Values{}
	for name, value := range map[string]string{"shop": v.shop, "buyer": v.buyer, "chat": v.thread, "topic": v.topic, "tab": v.tab} {
		if value != "" {
			q.Set(name, value)
		}
	}

	return q.Encode()
}

func (v visit) address() string { return "/?" + v.query() }

func (v visit) withThread(id string) visit {
	v.thread, v.tab = id, tabAgent
	return v
}

func (v visit) withTopic(id string) visit {
	v.topic, v.tab = id, tabAgent
	return v
}

func (v visit) withTab(tab string) visit {
	v.tab = tab
	return v
}
