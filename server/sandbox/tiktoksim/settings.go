package tiktoksim

import "slices"

// Settings are what the vendor's pages leave open or what tests want to move.
type Settings struct {
	AccessTokenSeconds  int64    `json:"access_token_seconds"`  // life of an access token
	RefreshTokenSeconds int64    `json:"refresh_token_seconds"` // authorization period that sellers grant
	CodeSeconds         int64    `json:"code_seconds"`          // life of an authorization code
	RotateRefreshToken  bool     `json:"rotate_refresh_token"`  // a refresh hands out a new refresh token and ends the old one
	KeepOldAccessToken  bool     `json:"keep_old_access_token"` // a refresh leaves the old access token in force until it expires
	ChatCallsPerDay     int      `json:"chat_calls_per_day"`    // for one shop and app, by UTC day; 0 is without limit
	CallsPerSecond      int      `json:"calls_per_second"`      // for one shop and app; 0 is without limit
	SensitiveWords      []string `json:"sensitive_words"`       // refused in outgoing text, whatever the case
	MediaSeconds        int64    `json:"media_seconds"`         // life of a media URL
	FreshLinks          bool     `json:"fresh_links"`           // whoever reads a message gets a fresh media URL, not the one of its webhook
	SessionsClose       bool     `json:"sessions_close"`        // a session that closed by itself refuses messages until it is reopened
	AppWebhookToo       bool     `json:"app_webhook_too"`       // an address of the shop adds to the app's instead of replacing it
}

// DefaultSettings are the documented values, and the stricter reading where
// there is none.
func DefaultSettings() Settings {
	return Settings{
		AccessTokenSeconds:  7 * 24 * 3600,
		RefreshTokenSeconds: 365 * 24 * 3600,
		CodeSeconds:         30 * 60,
		RotateRefreshToken:  true,
		ChatCallsPerDay:     10_000,
		SensitiveWords:      []string{"whatsapp", "paypal", "wire transfer"},
		MediaSeconds:        24 * 3600,
		FreshLinks:          true,
	}
}

// Settings returns the settings in force.
func (s *Sim) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()

	v := s.settings
	v.SensitiveWords = slices.Clone(v.SensitiveWords)

	return v
}

// SetSettings replaces the settings; what was issued before keeps its expiry.
func (s *Sim) SetSettings(v Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()

	v.SensitiveWords = slices.Clone(v.SensitiveWords)
	s.settings = v
}
