package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"sellerchat/server/bridge"
)

// deliverOut carries an agent's reply to TikTok.
func (a *attempt) deliverOut(ctx context.Context) verdict {
	d := a.claim.Delivery

	shop, err := a.store.Shop(ctx, d.Lane.Link.Shop)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && shop.Installation != a.inst.ID {
		return a.permanent(&bridge.Failure{Class: bridge.Permanent, Words: wordsShopGone}, nil)
	}

	if err != nil {
		return a.failed(ctx, fmt.Errorf("read shop: %w", err))
	}

	out := &outbound{attempt: a, shop: shop, plan: a.planReply(), why: map[int]string{}}

	return out.deliver(ctx)
}

// outbound is an attempt toward TikTok with what its calls need.
type outbound struct {
	*attempt

	shop   bridge.Shop
	access bridge.Access
	plan   replyPlan
	// why says of parts that were left out what would work instead, by their
	// place in the message.
	why map[int]string
	// renewed is true after the token was renewed in this attempt, reopened
	// after the conversation was.
	renewed  bool
	reopened bool
}

func (out *outbound) deliver(ctx context.Context) verdict {
	if len(out.plan.calls) == 0 {
		return out.unsupported()
	}

	// With something left out, what can go is not all of it.
	out.of = len(out.plan.calls) + min(1, len(out.plan.left))

	access, err := out.tokens.access(ctx, out.shop)
	if err != nil {
		return out.failed(ctx, err)
	}

	out.access, out.token = access, access.Token
	if out.intent != nil {
		if v, ok := out.readBack(ctx); !ok {
			return v
		}

		if v, over := out.givenUp(); over {
			return v
		}
	}

	for len(out.done) < len(out.plan.calls) {
		err := out.take(ctx, out.plan.calls[len(out.done)])
		if err != nil {
			err = out.reopen(ctx, out.renew(ctx, err))
		}

		if err != nil {
			return out.failed(ctx, err)
		}
	}

	return out.sent(ctx)
}

// planReply plans the reply. Without blobs there are no files to send.
func (a *attempt) planReply() replyPlan {
	plan := planReply(a.claim.Delivery.Message.Parts, a.tiktok.SplitText)
	if a.blobs == nil {
		plan = plan.withoutFiles(a.claim.Delivery.Message.Parts)
	}

	return plan
}

// take makes the call of one step.
func (out *outbound) take(ctx context.Context, s step) error {
	if s.file {
		return out.file(ctx, s.part)
	}

	return out.call(ctx, bridge.Words(s.text))
}

func (out *outbound) call(ctx context.Context, p bridge.Piece) error {
	if err := out.begin(ctx, p, ""); err != nil {
		return err
	}

	out.spend(bridge.TikTok)

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	id, err := out.tiktok.Send(ctx, out.access, out.link.Key.Conversation, p)
	out.answered(id, err)

	if err != nil {
		return fmt.Errorf("send message: %w", err)
	}

	out.limits.accepted(out.inst.ID, bridge.TikTok, out.clock())

	return nil
}

// renew gets a new token after the old one was refused, once in an attempt, and
// returns nil when the call may be made again. A token service that is down is
// what stands in the way then, not the refusal: it passes by itself.
func (out *outbound) renew(ctx context.Context, err error) error {
	if out.renewed || out.intent != nil || !bridge.HasCause(err, bridge.CauseTokenExpired) {
		return err
	}

	token, err := out.tokens.renew(ctx, out.shop.Authorization, out.access.Token)
	if err != nil {
		return fmt.Errorf("renew token: %w", err)
	}

	out.access.Token, out.token, out.renewed = token, token, true

	return nil
}

// reopen opens a conversation that TikTok's rules have closed, once in an
// attempt, and returns nil when the call may be made again. Where that is
// refused too, the rules are what the agent is told.
// https://partner.tiktokshop.com/docv2/page/create-conversation-202309
func (out *outbound) reopen(ctx context.Context, refusal error) error {
	if out.reopened || out.intent != nil || !bridge.HasCause(refusal, bridge.CauseRules) {
		return refusal
	}

	out.reopened = true

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	out.spend(bridge.TikTok)

	info, err := out.tiktok.Conversation(ctx, out.access, out.link.Key.Conversation)
	if err == nil && info.BuyerUserID != "" {
		out.spend(bridge.TikTok)

		_, err = out.tiktok.CreateConversation(ctx, out.access, info.BuyerUserID)
	}

	if err != nil || info.BuyerUserID == "" {
		out.log.InfoContext(ctx, "conversation not reopened", slog.String("delivery", out.claim.Delivery.ID.String()), slog.Any("error", err))

		return refusal
	}

	return nil
}

// sent ends a reply whose text has gone out, and says what could not go.
func (out *outbound) sent(ctx context.Context) verdict {
	d := out.claim.Delivery
	if agent := bridge.AgentID(d.Message.AuthorID); agent != "" && agent != out.link.Agent {
		out.rememberAgent(ctx, agent)
	}

	out.tellArrived()

	if out.inst.Settings.MarkRead && out.quotas.spare(out.shop.ID, out.clock()) > 0 {
		out.markRead(ctx)
	}

	if left := out.leftOut(); len(left) > 0 {
		out.tellLeft(left, len(left) == len(out.done))

		return verdict{state: bridge.Failed, reason: leftReason(left)}
	}

	if len(out.plan.left) > 0 {
		return out.unsupported()
	}

	return deliveredVerdict()
}

// rememberAgent notes who wrote last. It changes nothing else of the link,
// which the other direction may be changing at this moment.
func (out *outbound) rememberAgent(ctx context.Context, agent bridge.AgentID) {
	err := out.store.UpdateLink(ctx, out.link.Key, func(l *bridge.Link) error {
		l.Agent, l.UpdatedAt = agent, out.clock()

		return nil
	})
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		out.log.InfoContext(ctx, "agent not remembered", slog.String("delivery", out.claim.Delivery.ID.String()), slog.Any("error", err))
	}
}

// unsupported tells the agent what did not go out, and what would.
func (out *outbound) unsupported() verdict {
	reason := unsupportedReason(out.plan.left)
	out.tellUnsupported(out.plan)

	return verdict{state: bridge.Failed, reason: reason}
}

// markRead is a courtesy: a failure is logged and nothing else.
func (out *outbound) markRead(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, nameTimeout)
	defer cancel()

	out.spend(bridge.TikTok)

	if err := out.tiktok.MarkRead(ctx, out.access, out.link.Key.Conversation); err != nil {
		out.log.InfoContext(ctx, "conversation not marked read", slog.String("shop", string(out.shop.ID)), slog.Any("error", err))
	}
}
