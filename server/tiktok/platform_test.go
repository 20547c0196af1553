package tiktok_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
	"sellerchat/server/tiktok"
)

const (
	openID  = "openid-glow"
	shopID  = "7495000000000000101"
	buyerID = "7494560000000000301"
	userID  = "7494560000000000302"
)

// platform is the sandbox with a shop, a buyer and a client of ours.
type platform struct {
	*tiktoksim.Sim
	url    string
	client *tiktok.Client
}

func start(t *testing.T) *platform {
	t.Helper()
	sim := tiktoksim.New(tiktoksim.Options{
		Apps: []tiktoksim.App{{
			Market: "uk", AppKey: "6k1exampleapp", AppSecret: "s3cr3t", ServiceID: "749", RedirectURL: "https://ours.example/cb",
		}},
		Sellers: []tiktoksim.SellerSpec{{
			OpenID: openID, Name: "Glow Ltd",
			Shops: []tiktoksim.ShopSpec{{ID: shopID, Code: "GBLCGLOW0001", Name: "Glow Beauty", Region: "GB"}},
		}},
	})
	t.Cleanup(sim.Close)
	if _, err := sim.AddBuyer(tiktoksim.Buyer{ImUserID: buyerID, UserID: userID, Nickname: "mia"}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)

	transport := dial.NewTransport(dial.Options{AllowLoopback: true})
	t.Cleanup(transport.CloseIdleConnections)
	client, err := tiktok.New(tiktok.Options{
		Apps:    []tiktok.App{{Market: "uk", AppKey: "6k1exampleapp", AppSecret: "s3cr3t", ServiceID: "749"}},
		APIURL:  server.URL,
		AuthURL: server.URL,
		HTTP:    dial.NewClient(transport, 10*time.Second),
		Clock:   sim.Clock().Now,
	})
	if err != nil {
		t.Fatal(err)
	}

	return &platform{Sim: sim, url: server.URL, client: client}
}

// authorize goes from consent to the access to the shop.
func (p *platform) authorize(t *testing.T) (bridge.Grant, bridge.Access) {
	t.Helper()
	consent, err := p.Authorize("uk", openID, "")
	if err != nil {
		t.Fatal(err)
	}
	grant, err := p.client.Exchange(t.Context(), "uk", consent.Code)
	if err != nil {
		t.Fatal(err)
	}
	access := bridge.Access{Market: "uk", Token: grant.AccessToken}
	shops, err := p.client.Shops(t.Context(), access)
	if err != nil || len(shops) != 1 {
		t.Fatalf("shops %v, %v", shops, err)
	}
	access.Cipher = shops[0].Cipher

	return grant, access
}

func (p *platform) write(t *testing.T, m tiktoksim.Message) bridge.ConversationID {
	t.Helper()
	posted, err := p.BuyerWrites(shopID, buyerID, m)
	if err != nil {
		t.Fatal(err)
	}

	return bridge.ConversationID(posted.ConversationID)
}

// taken counts the messages that the platform took from us.
func (p *platform) taken() int {
	n := 0
	for _, e := range p.Ledger().Snapshot() {
		if e.Kind == tiktoksim.KindAPIMessage {
			n++
		}
	}

	return n
}

func TestAConversationIsReadAndAnswered(t *testing.T) {
	p := start(t)
	_, access := p.authorize(t)
	ctx := t.Context()

	var conv bridge.ConversationID
	for i := range 12 {
		conv = p.write(t, tiktoksim.Message{Content: fmt.Sprintf("message %d", i)})
	}

	info, err := p.client.Conversation(ctx, access, conv)
	if err != nil {
		t.Fatal(err)
	}
	if want := (bridge.ConversationInfo{ID: conv, BuyerID: buyerID, BuyerUserID: userID, BuyerName: "mia"}); info != want {
		t.Errorf("conversation is %+v, want %+v", info, want)
	}

	id, err := p.client.Send(ctx, access, conv, bridge.Words("Yes <b>& \"more\"</b> 😀"))
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.client.Messages(ctx, access, conv, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Messages) != 10 || first.Next == "" {
		t.Fatalf("the first page has %d messages, next %q", len(first.Messages), first.Next)
	}
	if m := first.Messages[0]; m.ID != id || m.Author != bridge.Seller || m.Text != "Yes <b>& \"more\"</b> 😀" {
		t.Errorf("the newest message is %+v, want what was just sent as %s", m, id)
	}
	last, err := p.client.Messages(ctx, access, conv, first.Next)
	if err != nil {
		t.Fatal(err)
	}
	if len(last.Messages) != 3 || last.Next != "" || last.Messages[2].Text != "message 0" {
		t.Errorf("the last page is %+v", last)
	}

	if err := p.client.MarkRead(ctx, access, conv); err != nil {
		t.Fatal(err)
	}
	list, err := p.Conversations(shopID)
	if err != nil || list[0].Unread != 0 {
		t.Errorf("after marking read: %+v, %v", list, err)
	}
}

func TestALongTextIsTakenPieceByPiece(t *testing.T) {
	p := start(t)
	_, access := p.authorize(t)
	conv := p.write(t, tiktoksim.Message{Content: "Hello"})

	text := strings.Repeat("Schönes 😀 Wörtchen ", 400)
	pieces := p.client.SplitText(text)
	for _, piece := range pieces {
		if _, err := p.client.Send(t.Context(), access, conv, bridge.Words(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if n := p.taken(); n != len(pieces) || n < 4 {
		t.Errorf("%d pieces, %d taken", len(pieces), n)
	}
}

func TestAClosedConversationIsReopened(t *testing.T) {
	p := start(t)
	_, access := p.authorize(t)
	conv := p.write(t, tiktoksim.Message{Content: "Hello"})
	if err := p.CloseConversation(string(conv)); err != nil {
		t.Fatal(err)
	}

	if _, err := p.client.Send(t.Context(), access, conv, bridge.Words("x")); !bridge.HasCause(err, bridge.CauseRules) {
		t.Fatalf("a closed conversation answers %v", err)
	}
	again, err := p.client.CreateConversation(t.Context(), access, userID)
	if err != nil || again != conv {
		t.Fatalf("reopening gives %q, %v, want %q", again, err, conv)
	}
	if _, err := p.client.Send(t.Context(), access, conv, bridge.Words("x")); err != nil {
		t.Error(err)
	}
}

func TestFaultsOfSendingAreToldApart(t *testing.T) {
	tests := map[string]struct {
		fault   string
		value   string
		text    string
		class   bridge.Class
		cause   bridge.Cause
		certain bool
		taken   int
	}{
		"unreachable":            {fault: tiktoksim.FaultUnreachable, class: bridge.Temporary},
		"an inner error":         {fault: tiktoksim.FaultTemporary, class: bridge.Temporary},
		"an error of the chat":   {fault: tiktoksim.FaultTemporary, value: "45101001", class: bridge.Temporary},
		"a gateway's 503":        {fault: tiktoksim.FaultTemporary, value: "503", class: bridge.Temporary},
		"the answer is lost":     {fault: tiktoksim.FaultAnswerLost, class: bridge.Temporary, taken: 1},
		"an error after work":    {fault: tiktoksim.FaultErrorAfterWork, class: bridge.Temporary, taken: 1},
		"too many requests":      {fault: tiktoksim.FaultRateLimited, value: "9", class: bridge.RateLimited, certain: true},
		"the quota":              {fault: tiktoksim.FaultQuota, class: bridge.RateLimited, cause: bridge.CauseQuota, certain: true},
		"an expired token":       {fault: tiktoksim.FaultTokenExpired, class: bridge.Reauthorize, cause: bridge.CauseTokenExpired, certain: true},
		"a refused signature":    {fault: tiktoksim.FaultSignature, class: bridge.Permanent, cause: bridge.CauseOurs, certain: true},
		"a deactivated shop":     {fault: tiktoksim.FaultShopDeactivated, class: bridge.Reauthorize, cause: bridge.CauseDeactivated, certain: true},
		"sensitive words":        {text: "write me on WhatsApp", class: bridge.Permanent, cause: bridge.CauseSensitive, certain: true},
		"the conversation rules": {fault: tiktoksim.FaultConversationRule, class: bridge.Permanent, cause: bridge.CauseRules, certain: true},
		"a text that is too long": {
			text: strings.Repeat("x", tiktok.TextLimit+1), class: bridge.Permanent, certain: true,
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			_, access := p.authorize(t)
			conv := p.write(t, tiktoksim.Message{Content: "Hello"})
			if test.fault != "" {
				if err := p.Faults().Set(test.fault, simkit.Fault{Rate: 1, Value: test.value}); err != nil {
					t.Fatal(err)
				}
			}
			text := test.text
			if text == "" {
				text = "Hi"
			}

			_, err := p.client.Send(t.Context(), access, conv, bridge.Words(text))
			var f *bridge.Failure
			if !errors.As(err, &f) {
				t.Fatalf("error is %v", err)
			}
			if f.Class != test.class || f.Cause != test.cause || f.Certain != test.certain {
				t.Errorf("failure is %v, certain %v", f, f.Certain)
			}
			if f.Certain && p.taken() > 0 {
				t.Error("certain, and yet the platform took the message")
			}
			if n := p.taken(); n != test.taken {
				t.Errorf("the platform took %d messages, want %d", n, test.taken)
			}
			if test.value == "9" && f.Wait != 9*time.Second {
				t.Errorf("wait is %v, want 9s", f.Wait)
			}
		})
	}
}
