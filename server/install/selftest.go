package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sellerchat/server/bridge"
)

// selfTestFor bounds the whole self-test, while somebody waits for the page.
const selfTestFor = 12 * time.Second

// conversationsLooked is how many conversations are looked at for the last
// message each way, the latest first.
const conversationsLooked = 20

// Outcome is what a check of the self-test found.
type Outcome uint8

// The outcomes.
const (
	// Fine works.
	Fine Outcome = iota + 1
	// Unproven was not seen to work yet, and nothing says that it does not.
	Unproven
	// Faulty does not work: Check.Mend says what to do.
	Faulty
)

// Remedy is where a fault can be mended.
type Remedy uint8

// The remedies.
const (
	// NoRemedy is nothing that a page of ours could help with.
	NoRemedy Remedy = iota
	// EnterKey is the install page, for a new API key.
	EnterKey
	// AuthorizeShop is the install page, for a new authorization.
	AuthorizeShop
	// ChooseTopic is the install page, for another topic.
	ChooseTopic
)

// Check is one link of the chain from buyer to agent and back, tried.
type Check struct {
	// Name says what was tried; Shop names the shop, where it is one shop's.
	Name, Shop string
	// Market is that of the shop.
	Market  bridge.Market
	Outcome Outcome
	// Words say what was found, Mend what to do about it.
	Words, Mend string
	Remedy      Remedy
}

// SelfTest tries each link of an installation's chain. It reads only: nothing
// that it does reaches a buyer or an agent.
func (s *Service) SelfTest(ctx context.Context, id bridge.InstallationID) ([]Check, error) {
	inst, err := s.live(ctx, id)
	if err != nil {
		return nil, err
	}

	shops, err := s.store.Shops(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read shops: %w", err)
	}

	ctx, cancel := context.WithTimeout(ctx, selfTestFor)
	defer cancel()

	// Each writes to a place of its own: the shops first, then the account.
	parts := make([][]Check, len(shops)+2)

	var wg sync.WaitGroup

	wg.Go(func() { parts[len(shops)] = s.testAccount(ctx, inst, shops) })

	for i, shop := range shops {
		wg.Go(func() { parts[i] = s.testShop(ctx, shop) })
	}

	wg.Wait()

	arrivals, err := s.testArrivals(ctx, inst)
	if err != nil {
		return nil, err
	}

	parts[len(shops)+1] = arrivals

	return slices.Concat(parts...), nil
}

// testAccount tries the key, and whether the topics of the shops are there.
func (s *Service) testAccount(ctx context.Context, inst bridge.Installation, shops []bridge.Shop) []Check {
	key := Check{Name: "Freshchat accepts the API key"}

	plain, err := s.vault.Open(inst.APIKey, inst.Binding("api_key"))
	if err != nil {
		s.log.ErrorContext(ctx, "self-test: key not opened", slog.Any("error", err))

		return []Check{key.unknown("The stored key could not be read.", "Contact support.")}
	}

	access := bridge.FreshchatAccess{Host: inst.Host, Key: string(plain)}

	account, err := s.freshchat.Account(ctx, access)

	switch {
	case err != nil:
		return []Check{key.failed(err, EnterKey, "Enter the new key.")}
	case account.ID != inst.Account:
		return []Check{key.faulty("The key belongs to another Freshchat account.", "Enter a key of this account.", EnterKey)}
	}

	return append([]Check{key.fine("The account answers.")}, s.testTopics(ctx, access, shops)...)
}

func (s *Service) testTopics(ctx context.Context, access bridge.FreshchatAccess, shops []bridge.Shop) []Check {
	topics, err := s.freshchat.Topics(ctx, access)

	checks := make([]Check, len(shops))
	for i, shop := range shops {
		c := Check{Name: "The topic is there", Shop: shop.Name, Market: shop.Authorization.Market}

		there := slices.ContainsFunc(topics, func(t bridge.Topic) bool { return t.ID == shop.Topic.ID && t.Enabled })

		switch {
		case err != nil:
			checks[i] = c.failed(err, EnterKey, "Enter a key that may read topics.")
		case there:
			checks[i] = c.fine("Messages go to “" + shop.Topic.Name + "”.")
		default:
			checks[i] = c.faulty("“"+shop.Topic.Name+"” is switched off or deleted in Freshchat.", "Choose another topic.", ChooseTopic)
		}
	}

	return checks
}

// testShop tries what TikTok has to give: the authorization, the right to read
// chats, and the messages being sent to us. TikTok refuses calls of a clock that
// is wrong, so that the first also proves ours.
func (s *Service) testShop(ctx context.Context, shop bridge.Shop) []Check {
	authorized := Check{Name: "TikTok accepts the authorization, and our clock is right", Shop: shop.Name, Market: shop.Authorization.Market}
	again := "Authorize the shop again."

	access, err := s.access(ctx, shop)
	if err != nil {
		s.log.ErrorContext(ctx, "self-test: authorization not opened", slog.String("shop", string(shop.ID)), slog.Any("error", err))

		return []Check{authorized.unknown("The stored authorization could not be read.", again)}
	}

	listed, err := s.tiktok.Shops(ctx, bridge.Access{Market: access.Market, Token: access.Token})

	switch {
	case bridge.HasCause(err, bridge.CauseClock):
		return []Check{authorized.faulty("TikTok says that our clock is wrong.", "Contact support: the operator has to set it.", NoRemedy)}
	case err != nil:
		return []Check{authorized.failed(err, AuthorizeShop, again)}
	case !slices.ContainsFunc(listed, func(i bridge.ShopInfo) bool { return i.ID == shop.ID }):
		return []Check{authorized.faulty("The authorization no longer covers this shop.", again, AuthorizeShop)}
	}

	return []Check{
		authorized.fine("It covers the shop."),
		s.testScope(ctx, shop, access),
		s.testSubscription(ctx, shop, access),
	}
}

func (s *Service) testScope(ctx context.Context, shop bridge.Shop, access bridge.Access) Check {
	c := Check{Name: "TikTok lets us read the shop's chats", Shop: shop.Name, Market: shop.Authorization.Market}

	_, err := s.tiktok.Conversations(ctx, access, "")
	if err != nil {
		return c.failed(err, AuthorizeShop, "Contact support if TikTok has not allowed it yet, then authorize the shop again.")
	}

	return c.fine("The chats can be read.")
}

func (s *Service) testSubscription(ctx context.Context, shop bridge.Shop, access bridge.Access) Check {
	c := Check{Name: "TikTok sends us the shop's messages", Shop: shop.Name, Market: shop.Authorization.Market}

	there, err := s.tiktok.Subscribed(ctx, access, s.webhookAddress(access.Market))

	switch {
	case err != nil:
		return c.failed(err, NoRemedy, "Nothing to do: we keep asking.")
	case !there:
		return c.faulty("TikTok has not noted where to send them.", "Nothing to do: we keep asking. If it stays like this for an hour, contact support.", NoRemedy)
	default:
		return c.fine("New messages come at once.")
	}
}

// testArrivals looks for the last message each way.
func (s *Service) testArrivals(ctx context.Context, inst bridge.Installation) ([]Check, error) {
	last := map[bridge.Direction]time.Time{}

	links, err := s.store.RecentLinks(ctx, inst.ID, bridge.Recent{}, conversationsLooked)
	if err != nil {
		return nil, fmt.Errorf("read conversations: %w", err)
	}

	for _, link := range links {
		for _, d := range []bridge.Direction{bridge.In, bridge.Out} {
			list, err := s.store.Recent(ctx, link.Link.Lane(d), 5)
			if err != nil {
				return nil, fmt.Errorf("read deliveries: %w", err)
			}

			for _, delivery := range list {
				if delivery.State == bridge.Delivered && delivery.SettledAt.After(last[d]) {
					last[d] = delivery.SettledAt
				}
			}
		}
	}

	return []Check{
		arrival("A buyer's message has arrived in Freshchat", last[bridge.In],
			"None has come yet. Write one to the shop from a TikTok account to see it."),
		arrival("An agent's reply has arrived on TikTok", last[bridge.Out],
			"None has come yet. Answer a buyer's message in Freshchat to see it."),
	}, nil
}

func arrival(name string, at time.Time, none string) Check {
	c := Check{Name: name}
	if at.IsZero() {
		return c.unknown(none, "")
	}

	return c.fine("Last on " + at.UTC().Format("2 January 2006, 15:04") + " UTC.")
}

func (c Check) fine(words string) Check {
	c.Outcome, c.Words = Fine, words

	return c
}

func (c Check) unknown(words, mend string) Check {
	c.Outcome, c.Words, c.Mend = Unproven, words, mend

	return c
}

func (c Check) faulty(words, mend string, r Remedy) Check {
	c.Outcome, c.Words, c.Mend, c.Remedy = Faulty, words, mend, r

	return c
}

// failed tells of a call that failed: what passes by itself proves nothing.
func (c Check) failed(err error, r Remedy, mend string) Check {
	f := bridge.AsFailure(err)
	passes := f.Class == bridge.Temporary || f.Class == bridge.RateLimited

	if errors.Is(err, context.DeadlineExceeded) || passes {
		return c.unknown("It did not answer in time.", "Try again in a minute.")
	}

	words := f.Words
	if words == "" {
		words = "It was refused."
	}

	return c.faulty(words, mend, r)
}
