package tiktoksim

// usageKey is what quotas are counted for: the vendor's pages say "per app
// and shop" of the rate and nothing of the daily quota, which is counted the
// same way here.
type usageKey struct {
	appKey string
	shop   *shop
}

// usage counts the calls of one app for one shop.
type usage struct {
	day, second           int64 // which day and second are being counted
	dayCalls, secondCalls int
}

// count adds a call to its quotas and refuses it when one is used up. The
// caller holds the lock.
func (s *Sim) count(e endpoint, c *call) *refusal {
	if c.shop == nil {
		return nil
	}

	key := usageKey{c.app.AppKey, c.shop}
	u := s.usage[key]
	if u == nil {
		u = &usage{}
		s.usage[key] = u
	}

	now := s.clock.Now().Unix()
	if now != u.second {
		u.second, u.secondCalls = now, 0
	}
	if day := now / 86400; day != u.day {
		u.day, u.dayCalls = day, 0
	}

	if n := s.settings.CallsPerSecond; n > 0 && u.secondCalls >= n {
		return errTooMany("1")
	}
	u.secondCalls++
	if !e.chat {
		return nil
	}
	if n := s.settings.ChatCallsPerDay; n > 0 && u.dayCalls >= n {
		return errQuota
	}
	u.dayCalls++

	return nil
}
