package tiktok_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/sandbox/tiktoksim"
)

func TestWebhooksArriveVerified(t *testing.T) {
	p := start(t)
	_, access := p.authorize(t)

	events := make(chan bridge.TikTokEvent, 64)
	ours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		event, err := p.client.Webhook("uk", r.Header.Get("Authorization"), body)
		if err != nil {
			t.Errorf("webhook: %v", err)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		events <- event
	}))
	t.Cleanup(ours.Close)
	if err := p.client.Subscribe(t.Context(), access, ours.URL); err != nil {
		t.Fatal(err)
	}

	next := func() bridge.TikTokEvent {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		select {
		case e := <-events:
			return e
		case <-ctx.Done():
			t.Fatal("no webhook came")
			return bridge.TikTokEvent{}
		}
	}

	for _, kind := range []string{
		tiktoksim.TypeText, tiktoksim.TypeImage, tiktoksim.TypeVideo, tiktoksim.TypeEmoticons, tiktoksim.TypeProductCard,
		tiktoksim.TypeOrderCard, tiktoksim.TypeLogisticsCard, tiktoksim.TypeReturnRefundCard, tiktoksim.TypeCouponCard,
		tiktoksim.TypeEnterProduct, tiktoksim.TypeEnterOrder, tiktoksim.TypeEnterTransfer, tiktoksim.TypeAllocated,
		tiktoksim.TypeNotification, tiktoksim.TypeOther, "INVENTED_SINCE",
	} {
		conv := p.write(t, tiktoksim.Message{Type: kind, Content: "576400000000000601"})
		e := next()
		if e.Kind != bridge.TikTokMessage || e.Shop != shopID || e.Conversation != conv || e.Hidden != "" {
			t.Errorf("%s became %+v", kind, e)
		}
		if e.Message.Author != bridge.Buyer || len(e.Message.Parts) != 1 || e.Message.Parts[0].Type != kind || e.Message.Order == 0 {
			t.Errorf("%s became the message %+v", kind, e.Message)
		}
	}

	p.write(t, tiktoksim.Message{Content: "seen by nobody", Hidden: true})
	if e := next(); e.Hidden != bridge.HiddenInvisible {
		t.Errorf("an invisible message became %+v", e)
	}
	conv := p.write(t, tiktoksim.Message{Content: "Hello"})
	next()
	id, err := p.client.Send(t.Context(), access, conv, bridge.Words("Hi"))
	if err != nil {
		t.Fatal(err)
	}
	if e := next(); e.Message.ID != id || e.Message.Author != bridge.Seller || e.Hidden != "" {
		t.Errorf("our echo is %+v, want id %s", e, id)
	}

	if err := p.AnnounceExpiry(shopID); err != nil {
		t.Fatal(err)
	}
	if e := next(); e.Kind != bridge.TikTokExpiring || !e.ExpiresAt.After(p.Clock().Now()) {
		t.Errorf("the end of the consent is announced as %+v", e)
	}
	if err := p.Deauthorize(shopID); err != nil {
		t.Fatal(err)
	}
	if e := next(); e.Kind != bridge.TikTokDeauthorized || e.Shop != shopID {
		t.Errorf("a withdrawn consent is %+v", e)
	}
}

func TestUnsubscribingEndsTheWebhooks(t *testing.T) {
	p := start(t)
	_, access := p.authorize(t)
	if err := p.client.Subscribe(t.Context(), access, "http://127.0.0.1:9/never"); err != nil {
		t.Fatal(err)
	}
	if err := p.client.Unsubscribe(t.Context(), access); err != nil {
		t.Fatal(err)
	}

	p.write(t, tiktoksim.Message{Content: "Hello"})
	if s := p.Outbox().Stats(); s.Pending != 0 || s.Attempts != 0 {
		t.Errorf("webhooks still go out: %+v", s)
	}
}
