package tiktok

import (
	"context"
	"errors"
	"net/http"

	"sellerchat/server/bridge"
)

// subscribed are the events that we need, the most important first.
// https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
var subscribed = []string{"NEW_MESSAGE", "SELLER_DEAUTHORIZATION", "UPCOMING_AUTHORIZATION_EXPIRATION"}

// Subscribe has TikTok send a shop's events to the address. It may be repeated
// and stops at the first failure.
// https://partner.tiktokshop.com/docv2/page/configuration-guide
func (c *Client) Subscribe(ctx context.Context, access bridge.Access, address string) error {
	for _, event := range subscribed {
		err := c.call(ctx, call{
			op:     "tiktok subscribe " + event,
			method: http.MethodPut,
			path:   c.webhooks(),
			body: struct {
				EventType string `json:"event_type"`
				Address   string `json:"address"`
			}{event, address},
			access: access,
		}, nil)
		if err != nil {
			return err
		}
	}

	return nil
}

// Subscribed reports whether TikTok sends a shop's new messages to the address.
// https://partner.tiktokshop.com/docv2/page/configuration-guide
func (c *Client) Subscribed(ctx context.Context, access bridge.Access, address string) (bool, error) {
	var data struct {
		Webhooks []struct {
			EventType loose `json:"event_type"`
			Address   loose `json:"address"`
		} `json:"webhooks"`
	}

	err := c.call(ctx, call{
		op: "tiktok read subscriptions", method: http.MethodGet, path: c.webhooks(), access: access,
	}, &data)
	if err != nil {
		return false, err
	}

	for _, w := range data.Webhooks {
		if string(w.EventType) == subscribed[0] && string(w.Address) == address {
			return true, nil
		}
	}

	return false, nil
}

// Unsubscribe ends what Subscribe began. Each event is tried, whatever became
// of the one before, until the context ends.
// https://partner.tiktokshop.com/docv2/page/configuration-guide
func (c *Client) Unsubscribe(ctx context.Context, access bridge.Access) error {
	var errs []error
	for _, event := range subscribed {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = append(errs, c.call(ctx, call{
			op:     "tiktok unsubscribe " + event,
			method: http.MethodDelete,
			path:   c.webhooks(),
			body: struct {
				EventType string `json:"event_type"`
			}{event},
			access: access,
		}, nil))
	}

	return errors.Join(errs...)
}

func (c *Client) webhooks() string { return "/event/" + c.versions.Event + "/webhooks" }
