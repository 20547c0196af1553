package tiktok

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// sample is what becomes of one file of testdata/samples.
type sample func(t *testing.T, body []byte) any

// becomes says what each sample is turned into. Requests are compared with what
// we send instead.
var becomes = map[string]struct {
	read sample
	want any
}{
	"webhook-06-seller-deauthorization.json": {webhook, bridge.TikTokEvent{
		Kind: bridge.TikTokDeauthorized, Type: 6, At: time.Unix(1760000005, 0).UTC(), Shop: "7495000000000000101",
	}},
	"webhook-07-upcoming-authorization-expiration.json": {webhook, bridge.TikTokEvent{
		Kind: bridge.TikTokExpiring, Type: 7, At: time.Unix(1760000005, 0).UTC(), Shop: "7495000000000000101", ExpiresAt: time.Unix(1762592000, 0).UTC(),
	}},
	"webhook-13-new-conversation.json": {webhook, bridge.TikTokEvent{
		Kind: bridge.TikTokOther, Type: 13, At: time.Unix(1760000005, 0).UTC(), Shop: "7495000000000000101",
	}},
	"webhook-14-text.json": {webhook, buyerEvent("7494560000000000501", 1760000000123456, bridge.Part{
		Kind: bridge.PartText, Type: "TEXT", Text: "Hello, is this in stock?",
	})},
	"webhook-14-image.json": {webhook, buyerEvent("7494560000000000502", 1760000001123456, bridge.Part{
		Kind: bridge.PartImage, Type: "IMAGE",
		Text: "[Image] The buyer sent a picture. Open TikTok Seller Center to see it.",
		URL:  "https://p16-example.tiktokcdn.com/obj/example-image.png?from=1",
	})},
	"webhook-14-video.json": {webhook, buyerEvent("7494560000000000503", 1760000002123456, bridge.Part{
		Kind: bridge.PartVideo, Type: "VIDEO",
		Text: "[Video] The buyer sent a video (0:21). Open TikTok Seller Center to see it.",
		URL:  "https://v16-example.tiktokcdn.com/example-video?expires=1760086400",
		MIME: "video/mp4", Size: 400000, Ref: "v0e00example00000000",
	})},
	"webhook-14-order-card.json": {webhook, buyerEvent("7494560000000000504", 1760000003123456, bridge.Part{
		Kind: bridge.PartCard, Type: "ORDER_CARD", Ref: "576400000000000601",
		Text: "[Order] The buyer shared order 576400000000000601. Open TikTok Seller Center to see it.",
	})},
	"webhook-14-enter-from-product.json": {webhook, fromSystem(buyerEvent("7494560000000000505", 1760000004123456, bridge.Part{
		Kind: bridge.PartCard, Type: "BUYER_ENTER_FROM_PRODUCT", Ref: "1729000000000000701",
		Text: "[Product] The buyer opened this chat from product 1729000000000000701.",
	}))},

	"authorized-shops-response.json": {answerOf(shopsOf), []bridge.ShopInfo{
		{ID: "7495000000000000101", Code: "GBLCEXAMPLE1", Name: "Example Shop UK", Region: "GB", Cipher: "ROW_exampleCipherDDDD"},
		{ID: "7495000000000000102", Code: "CNTHCBEXMPL2", Name: "Example Shop TH", Region: "TH", CrossBorder: true, Cipher: "ROW_exampleCipherEEEE"},
	}},
	"get-conversation-202601-response.json": {answerOf(conversationOf), bridge.ConversationInfo{
		ID: "7494560000000000201", BuyerID: "7494560000000000301", BuyerUserID: "7494560000000000302", BuyerName: "examplebuyer",
	}},
	"get-conversation-messages-response.json": {answerOf(messagesOf), bridge.RemotePage{Messages: []bridge.RemoteMessage{
		{Text: "Yes, it ships today.", Message: bridge.Message{
			ID: "7494560000000000510", Author: bridge.Seller, AuthorID: "7494560000000000303",
			CreatedAt: time.Unix(1760000060, 0).UTC(), Order: 1760000060123456,
			Parts: []bridge.Part{{Kind: bridge.PartText, Type: "TEXT", Text: "Yes, it ships today."}},
		}},
		{Text: "Hello, is this in stock?", Message: bridge.Message{
			ID: "7494560000000000501", Author: bridge.Buyer, AuthorID: "7494560000000000301",
			CreatedAt: time.Unix(1760000000, 0).UTC(), Order: 1760000000123456,
			Parts: []bridge.Part{{Kind: bridge.PartText, Type: "TEXT", Text: "Hello, is this in stock?"}},
		}},
	}}},
	"send-message-response.json": {answerOf(sendOf), bridge.MessageID("7494560000000000511")},
	"token-get-response.json": {answerOf(exchangeOf), bridge.Grant{
		OpenID: "exampleOpenIdCCCC", SellerName: "Example Seller",
		AccessToken: "ROW_exampleAccessTokenAAAA", AccessExpires: time.Unix(1760604800, 0).UTC(),
		RefreshToken: "ROW_exampleRefreshTokenBBBB", RefreshExpires: time.Unix(1791536000, 0).UTC(),
		Scopes: []string{"seller.authorization.info", "seller.customer_service"},
	}},

	"error-36009004-app-key.json":               {failureOf(http.StatusBadRequest, shopsOf), outcome{bridge.Permanent, bridge.CauseOurs, true}},
	"error-expired-token.json":                  {failureOf(http.StatusUnauthorized, sendOf), outcome{bridge.Reauthorize, bridge.CauseTokenExpired, true}},
	"error-missing-scope.json":                  {failureOf(http.StatusUnauthorized, messagesOf), outcome{bridge.Reauthorize, bridge.CauseScopeMissing, true}},
	"send-message-error-conversation-rule.json": {failureOf(http.StatusOK, sendOf), outcome{bridge.Permanent, bridge.CauseRules, true}},
	"send-message-error-sensitive.json":         {failureOf(http.StatusOK, sendOf), outcome{bridge.Permanent, bridge.CauseSensitive, true}},
	"token-get-error-invalid-code.json":         {failureOf(http.StatusBadRequest, exchangeOf), outcome{bridge.Permanent, bridge.CauseCodeSpent, true}},

	"get-conversations-response.json": {answerOf(conversationsOf), bridge.ConversationPage{Conversations: []bridge.ConversationInfo{{
		ID: "7494560000000000201", BuyerID: "7494560000000000301", BuyerUserID: "7494560000000000302", BuyerName: "examplebuyer",
		Latest: "7494560000000000501", LatestAt: time.Unix(1760000000, 0).UTC(), LatestOrder: 1760000000123456, MaySend: true,
	}}}},
	"images-upload-response.json": {answerOf(imageOf), bridge.Piece{
		Kind: bridge.PartImage, Ref: "https://p16-example.tiktokcdn.com/tos/uploaded-image.image?from=1",
		Name: "label.png", MIME: "image/png", Size: 3, Width: 1280, Height: 720,
	}},
	"file-init-response.json": {answerOf(announcedOf), announced{
		Address: "https://open-api.tiktokglobalshop.com/file/202512/upload?upload_token=exampleUploadToken", Token: "exampleUploadToken",
	}},

	"send-message-text-request.json":  {sentBody(sendOf), nil},
	"send-message-image-request.json": {sentBody(sendImageOf), nil},
	"file-init-request.json":          {sentBody(announceVideoOf), nil},

	"event-webhooks-get-response.json": {answerOf(subscribedOf), true},
}

func TestWhatBecomesOfEverySample(t *testing.T) {
	files, err := filepath.Glob("testdata/samples/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			row, ok := becomes[filepath.Base(file)]
			if !ok {
				t.Fatal("the table does not say what becomes of this sample")
			}
			if row.read == nil {
				return
			}
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, row.read(t, body)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	if len(files) != len(becomes) {
		t.Errorf("%d samples, %d rows: a row without its file proves nothing", len(files), len(becomes))
	}
}

func buyerEvent(id bridge.MessageID, order uint64, part bridge.Part) bridge.TikTokEvent {
	return bridge.TikTokEvent{
		Kind: bridge.TikTokMessage, Type: 14, At: time.Unix(1760000005, 0).UTC(),
		Shop: "7495000000000000101", Conversation: "7494560000000000201",
		Message: bridge.Message{
			ID: id, Author: bridge.Buyer, AuthorID: "7494560000000000301",
			CreatedAt: time.Unix(1760000000, 0).UTC(), Order: order, Parts: []bridge.Part{part},
		},
	}
}

// fromSystem is the event without the buyer's chat id, which the platform did
// not tell.
func fromSystem(e bridge.TikTokEvent) bridge.TikTokEvent {
	e.Message.AuthorID = ""

	return e
}

func webhook(t *testing.T, body []byte) any {
	t.Helper()
	event, err := newClient(t, nil).Webhook("uk", signed(body), body)
	if err != nil {
		t.Fatal(err)
	}

	return event
}

func signed(body []byte) string { return signedBy(testApp.AppKey, testApp.AppSecret, body) }

func signedBy(key, secret string, body []byte) string {
	return hex.EncodeToString(newWebhookSigner(key, secret).digest(body))
}

// ask makes one kind of call.
type ask func(t *testing.T, c *Client) (any, error)

func answerOf(do ask) sample {
	return func(t *testing.T, body []byte) any {
		t.Helper()
		got, err := do(t, newClient(t, answering(http.StatusOK, string(body))))
		if err != nil {
			t.Fatal(err)
		}

		return got
	}
}

// outcome is what decides about a failure.
type outcome struct {
	Class   bridge.Class
	Cause   bridge.Cause
	Certain bool
}

func failureOf(status int, do ask) sample {
	return func(t *testing.T, body []byte) any {
		t.Helper()
		_, err := do(t, newClient(t, answering(status, string(body))))

		return outcomeOf(t, err)
	}
}

func outcomeOf(t *testing.T, err error) outcome {
	t.Helper()
	var f *bridge.Failure
	if !errors.As(err, &f) {
		t.Fatalf("error is %v, want a failure", err)
	}

	return outcome{f.Class, f.Cause, f.Certain}
}

func shopsOf(t *testing.T, c *Client) (any, error) { return c.Shops(t.Context(), testAccess) }

func subscribedOf(t *testing.T, c *Client) (any, error) {
	return c.Subscribed(t.Context(), testAccess, "https://hooks.example.com/tiktok")
}

func conversationOf(t *testing.T, c *Client) (any, error) {
	return c.Conversation(t.Context(), testAccess, "7494560000000000201")
}

func messagesOf(t *testing.T, c *Client) (any, error) {
	return c.Messages(t.Context(), testAccess, "7494560000000000201", "")
}

func sendOf(t *testing.T, c *Client) (any, error) {
	return c.Send(t.Context(), testAccess, "7494560000000000201", bridge.Words("Hi! Yes, it ships today."))
}

func sendImageOf(t *testing.T, c *Client) (any, error) {
	return c.Send(t.Context(), testAccess, "7494560000000000201", bridge.Piece{
		Kind: bridge.PartImage, Ref: "https://p16-example.tiktokcdn.com/tos/uploaded-image.image?from=1", Width: 1280, Height: 720,
	})
}

func conversationsOf(t *testing.T, c *Client) (any, error) {
	return c.Conversations(t.Context(), testAccess, "")
}

func imageOf(t *testing.T, c *Client) (any, error) {
	return c.UploadImage(t.Context(), testAccess, bridge.Upload{Name: "label.png", MIME: "image/png", Body: strings.NewReader("png")})
}

// announced is where a video is to go.
type announced struct{ Address, Token string }

func announcedOf(t *testing.T, c *Client) (any, error) {
	to, err := c.announce(t.Context(), testAccess, announcement{})
	if err != nil {
		return nil, err
	}

	return announced{to.address.String(), to.token}, nil
}

func announceVideoOf(t *testing.T, c *Client) (any, error) {
	return c.UploadVideo(t.Context(), testAccess, "7494560000000000201", bridge.Upload{
		Name: "whatever.mp4", MIME: "video/mp4", Body: bytes.NewReader(make([]byte, 7340032)),
	})
}

func exchangeOf(t *testing.T, c *Client) (any, error) {
	return c.Exchange(t.Context(), "uk", "TTP_example")
}

// sentBody makes a call and returns how the first request of it differs from the
// sample.
func sentBody(do ask) sample {
	return func(t *testing.T, want []byte) any {
		t.Helper()
		platform := &recorder{}
		client := newClient(t, platform)
		platform.body = `{"code":0,"data":{"message_id":"1","upload_token":"t","resource_id":"v","upload_url":"` + client.api.String() + `/up"}}`
		if _, err := do(t, client); err != nil {
			t.Fatal(err)
		}

		var a, b any
		if json.Unmarshal(want, &a) != nil || json.Unmarshal([]byte(platform.all()[0].body), &b) != nil {
			t.Fatal("a request is not JSON")
		}
		if diff := strings.TrimSpace(cmp.Diff(a, b)); diff != "" {
			return diff
		}

		return nil
	}
}
