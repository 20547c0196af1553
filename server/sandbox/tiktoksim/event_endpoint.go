package tiktoksim

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// subKey is what a shop's address is kept for.
type subKey struct {
	appKey string
	shop   *shop
	event  string
}

// subscription is the address of one shop for one event.
type subscription struct {
	address          string
	created, updated int64
}

// eventNames are the names that subscriptions may carry.
var eventNames = []string{
	"ORDER_STATUS_CHANGE", "RECIPIENT_ADDRESS_UPDATE", "PACKAGE_UPDATE", "PRODUCT_STATUS_CHANGE", "CANCELLATION_STATUS_CHANGE",
	"RETURN_STATUS_CHANGE", "NEW_MESSAGE_LISTENER",
	eventDeauthorized.name, eventExpiring.name, eventNewConversation.name, eventNewMessage.name,
}

// webhookData is a subscription as the platform lists it.
type webhookData struct {
	Address    string `json:"address"`
	CreateTime int64  `json:"create_time"`
	EventType  string `json:"event_type"`
	UpdateTime int64  `json:"update_time"`
}

func (s *Sim) listWebhooks(c *call) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()

	list := []webhookData{}
	for _, name := range eventNames {
		if sub := s.subs[subKey{c.app.AppKey, c.shop, name}]; sub != nil {
			list = append(list, webhookData{sub.address, sub.created, name, sub.updated})
		}
	}
	slices.SortFunc(list, func(a, b webhookData) int { return cmp.Compare(a.EventType, b.EventType) })

	return map[string]any{"total_count": len(list), "webhooks": list}, nil
}

func (s *Sim) putWebhook(c *call) (any, *refusal) {
	var in struct {
		EventType string `json:"event_type"`
		Address   string `json:"address"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	if !slices.Contains(eventNames, in.EventType) {
		return nil, errParameter("Invalid 'event_type'.")
	}
	if !goodAddress(in.Address) {
		return nil, errParameter("Invalid 'address'.")
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.clock.Now().Unix()
	key := subKey{c.app.AppKey, c.shop, in.EventType}
	if old := s.subs[key]; old != nil {
		old.address, old.updated = in.Address, now
	} else {
		s.subs[key] = &subscription{in.Address, now, now}
	}

	return nil, nil
}

// deleteWebhook reads its event from the signed body, as a DELETE rarely
// does.
func (s *Sim) deleteWebhook(c *call) (any, *refusal) {
	var in struct {
		EventType string `json:"event_type"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	if !slices.Contains(eventNames, in.EventType) {
		return nil, errParameter("Invalid 'event_type'.")
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.subs, subKey{c.app.AppKey, c.shop, in.EventType})

	return nil, nil
}

// goodAddress is the rule of the vendor's configuration guide: https, a
// domain name, no port, at most 255 characters. Loopback is let through as it
// is, for want of anything else to deliver to here.
func goodAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > 255 || u.Host == "" || u.User != nil {
		return false
	}

	ip, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() == "localhost" || err == nil && ip.IsLoopback() {
		return u.Scheme == "http" || u.Scheme == "https"
	}

	return u.Scheme == "https" && err != nil && u.Port() == "" && strings.Contains(u.Host, ".")
}
