package tiktoksim

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Message types of https://partner.tiktokshop.com/docv2/page/14-new-message
// and https://partner.tiktokshop.com/docv2/page/send-message-202309.
const (
	TypeText             = "TEXT"
	TypeImage            = "IMAGE"
	TypeVideo            = "VIDEO"
	TypeEmoticons        = "EMOTICONS"
	TypeProductCard      = "PRODUCT_CARD"
	TypeOrderCard        = "ORDER_CARD"
	TypeLogisticsCard    = "LOGISTICS_CARD"
	TypeReturnRefundCard = "RETURN_REFUND_CARD"
	TypeCouponCard       = "COUPON_CARD"
	TypeEnterProduct     = "BUYER_ENTER_FROM_PRODUCT"
	TypeEnterOrder       = "BUYER_ENTER_FROM_ORDER"
	TypeEnterTransfer    = "BUYER_ENTER_FROM_TRANSFER"
	TypeAllocated        = "ALLOCATED_SERVICE"
	TypeNotification     = "NOTIFICATION"
	TypeOther            = "OTHER"
)

// Message is something to write. Raw goes out as the content string as it
// is, JSON or not; without it the content is built from Type and Content.
type Message struct {
	Type    string `json:"type"`    // default TEXT; unknown types are sent as they are, with the shape of TEXT
	Content string `json:"content"` // the words; for cards the id of what they show
	Raw     string `json:"raw"`
	Media   []byte `json:"media"`  // what it shows (base64 in JSON); default for IMAGE, VIDEO and EMOTICONS: a built-in sample
	URL     string `json:"url"`    // where it is, in place of Media: an address that is not the platform's own
	Hidden  bool   `json:"hidden"` // is_visible false: not for the eyes of seller and agents
}

// imageContent is the vendor's incoming shape, whose sizes are strings.
type imageContent struct {
	URL    string `json:"url"`
	Width  string `json:"width"`
	Height string `json:"height"`
}

// videoContent is the vendor's incoming shape.
type videoContent struct {
	URL        string `json:"url"`
	Cover      string `json:"cover"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Duration   string `json:"duration"`
	VID        string `json:"vid"`
	ExpireTime string `json:"expire_time"`
	Format     string `json:"format"`
	Size       int    `json:"size"`
	BitRate    int    `json:"bit_rate"`
	Quality    string `json:"quality"`
	CodecType  string `json:"codec_type"`
}

// cardKey names the id inside the content of a card or context message.
var cardKey = map[string]string{
	TypeProductCard: "product_id", TypeEnterProduct: "product_id",
	TypeOrderCard: "order_id", TypeEnterOrder: "order_id",
	TypeLogisticsCard: "order_id", TypeReturnRefundCard: "order_id",
	TypeCouponCard: "coupon_id",
}

// composed is the content of a message.
type composed struct {
	content     string  // a string holding JSON
	text, parts string  // for the ledger
	medium      *medium // what it shows, whose URL is made anew when it is read; nil when there is none
}

// compose makes the content of a message. The caller holds the lock.
func (s *Sim) compose(m Message) (composed, error) {
	if m.Raw != "" {
		return composed{content: m.Raw, parts: m.Type + " raw"}, nil
	}
	if m.Type == TypeText {
		return composed{content: encode(map[string]string{"content": m.Content}), text: m.Content}, nil
	}
	if key, ok := cardKey[m.Type]; ok {
		id := m.Content
		if id == "" {
			id = s.newID()
		}
		card := map[string]string{key: id}
		if m.Type == TypeReturnRefundCard {
			card["sku_id"] = s.newID()
		}
		return composed{content: encode(card), parts: m.Type + " " + id}, nil
	}

	return s.composeMedia(m)
}

// composeMedia makes the content of a message that shows something, or of one
// that the API cannot express, which may.
func (s *Sim) composeMedia(m Message) (composed, error) {
	if m.URL != "" {
		med := &medium{kind: "video/mp4", width: 304, height: 290}
		if m.Type == TypeVideo {
			med.vid = s.newToken("v0e00", 20)
		}
		return composed{content: s.show(m.Type, m.Content, med, m.URL, s.after(s.settings.MediaSeconds)), parts: m.Type + "@" + m.URL}, nil
	}

	var (
		med  *medium
		text string
		err  error
	)
	switch m.Type {
	case TypeImage, TypeEmoticons:
		med, err = s.keepImage(m.Media)
	case TypeVideo:
		med = s.keepVideo(m.Media)
	default:
		if len(m.Media) == 0 {
			return composed{content: encode(map[string]string{"content": m.Content}), text: m.Content, parts: m.Type}, nil
		}
		med, text = s.keepFile(m.Media), m.Content
	}
	if err != nil {
		return composed{}, fmt.Errorf("compose %s: %w", m.Type, err)
	}

	return composed{content: s.show(m.Type, m.Content, med, med.url, med.until), text: text, parts: describe(m.Type, med), medium: med}, nil
}

// show makes the content of a message whose medium is at url until then. The
// caller holds the lock.
func (s *Sim) show(kind, words string, m *medium, url string, until time.Time) string {
	switch kind {
	case TypeImage, TypeEmoticons:
		return encode(imageContent{URL: url, Width: strconv.Itoa(m.width), Height: strconv.Itoa(m.height)})
	case TypeVideo:
		return encode(videoContent{
			URL: url, Cover: s.stockURL("cover"), Width: m.width, Height: m.height, Duration: "20.504", VID: m.vid,
			ExpireTime: strconv.FormatInt(until.Unix(), 10), Format: formats[m.kind], Size: len(m.data), BitRate: 156067,
			Quality: "original", CodecType: "h264",
		})
	default:
		return encode(map[string]string{"content": words, "url": url})
	}
}

// formats are the platform's names for types of videos.
var formats = map[string]string{"video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm"}

// contentOf is the content of a message as it reads now. The caller holds the
// lock.
func (s *Sim) contentOf(m *message) string {
	if m.medium == nil || !s.settings.FreshLinks {
		return m.content
	}
	url, until := s.link(m.medium)

	return s.show(m.kind, m.words, m.medium, url, until)
}

// describe is the ledger's summary of a medium: which kind, and the SHA-256 of
// its bytes.
func describe(kind string, m *medium) string { return kind + "#" + m.sum }

// encode is json.Marshal for values that cannot fail.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}

	return string(b)
}
