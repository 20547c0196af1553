package tiktoksim

import "fmt"

// Subscribed tells whether any app has an address of its own for the new
// messages of a shop, as long as the shop's authorization for it stands.
func (s *Sim) Subscribed(shopID string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	sh, ok := s.shops[shopID]
	if !ok {
		return false, fmt.Errorf("subscriptions of shop %s: %w", shopID, ErrNotFound)
	}
	for appKey := range sh.grants {
		if s.subs[subKey{appKey, sh, eventNewMessage.name}] != nil {
			return true, nil
		}
	}

	return false, nil
}
