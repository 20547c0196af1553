package install

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"sellerchat/server/bridge"
)

// The names of the form's fields, as errors name them.
const (
	FieldDomain  = "freshchat_domain"
	FieldKey     = "freshchat_api_key"
	FieldCode    = "auth_code_url"
	FieldShop    = "shop_code"
	FieldRegion  = "shop_region"
	FieldTopic   = "topic"
	FieldWebhook = "webhook_key"
)

// Nothing that people paste is longer, in bytes.
const (
	maxTyped      = 8 << 10
	maxTypedWords = "This is longer than anything that belongs here. Copy the value once more."
)

// squeeze takes out what pasting adds: blanks, line breaks and characters that
// nobody sees.
func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return -1
		}

		return r
	}, text)
}

// Verify checks host and key with Freshchat and reads the account's topics. An
// empty key stands for the one that was verified for the same host. Errors are
// a bridge.Error with the field to mend; a page that was verified before no
// longer is.
func (s *Service) Verify(ctx context.Context, id, domain, key string) (Page, error) {
	return s.edit(ctx, id, func(ctx context.Context, f *flow) error {
		earlier := *f
		f.Key, f.Account, f.Domain, f.Topics, f.TopicsFailed = "", "", "", nil, false

		host, err := s.freshchat.Host(domain)
		if err != nil {
			return fmt.Errorf("read domain: %w", err)
		}

		if strings.TrimSpace(key) == "" && host == earlier.Host {
			key = earlier.Key
		}

		f.Host = host

		clean, err := cleanKey(key)
		if err != nil {
			return err
		}

		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()

		account, err := s.freshchat.Account(ctx, bridge.FreshchatAccess{Host: host, Key: clean})
		if err != nil {
			return freshchatWords(err, host)
		}

		f.Key, f.Account, f.Domain = clean, account.ID, account.Domain

		return s.readTopics(ctx, f)
	})
}

// Topics reads the account's topics again.
func (s *Service) Topics(ctx context.Context, id string) (Page, error) {
	return s.edit(ctx, id, func(ctx context.Context, f *flow) error {
		if f.Key == "" {
			return errNotVerified
		}

		return s.readTopics(ctx, f)
	})
}

var errNotVerified = &bridge.Error{
	Code: bridge.Invalid, Field: FieldKey,
	Words: "The API key is not verified yet. Enter it and press Verify.",
}

// readTopics keeps the enabled topics. A key that may not read them at all is
// no good; any other failure can be mended with Reload.
func (s *Service) readTopics(ctx context.Context, f *flow) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	topics, err := s.freshchat.Topics(ctx, bridge.FreshchatAccess{Host: f.Host, Key: f.Key})
	if err != nil && bridge.AsFailure(err).Class == bridge.Reauthorize {
		f.Key = ""

		return freshchatWords(err, f.Host)
	}

	if err != nil {
		s.log.WarnContext(ctx, "topics not read", slog.String("host", f.Host), slog.Any("error", err))

		f.Topics, f.TopicsFailed = nil, true

		return nil
	}

	f.Topics, f.TopicsFailed = nil, false

	for _, t := range topics {
		if t.Enabled {
			f.Topics = append(f.Topics, t)
		}
	}

	return nil
}

func cleanKey(key string) (string, error) {
	if len(key) > maxTyped {
		return "", &bridge.Error{Code: bridge.Invalid, Field: FieldKey, Words: maxTypedWords}
	}

	key = squeeze(key)
	if len(key) >= len("Bearer") && strings.EqualFold(key[:len("Bearer")], "Bearer") {
		key = key[len("Bearer"):]
	}

	if key == "" {
		return "", &bridge.Error{
			Code: bridge.Invalid, Field: FieldKey,
			Words: "The API key is missing. Copy it from API DETAILS FOR CHAT.",
		}
	}

	return key, nil
}

// freshchatWords says what is wrong with a key or host: refused, not allowed,
// no Freshchat there, or out of reach.
func freshchatWords(err error, host string) error {
	f := bridge.AsFailure(err)
	e := &bridge.Error{Code: bridge.Invalid, Field: FieldKey, Err: err}

	switch {
	case f.Cause == bridge.CauseCredentials:
		e.Words = "Freshchat did not accept this API key. Copy it again from API DETAILS FOR CHAT: the box above it belongs to another product."
	case f.Cause == bridge.CauseScopeMissing:
		e.Words = "The key works, but may not read topics. An account admin can make a new one on the same screen."
	case f.Cause == bridge.CauseHost:
		e.Field = FieldDomain
		e.Words = fmt.Sprintf("There is no Freshchat at %s. Copy the chat URL from API DETAILS FOR CHAT.", host)
	case f.Class == bridge.RateLimited:
		e.Words = "Freshchat asked for a pause. Try again in a minute."
	default:
		e.Field = FieldDomain
		e.Words = fmt.Sprintf("We could not reach %s. Check the spelling, or try again in a minute if it is right.", host)
	}

	return e
}
