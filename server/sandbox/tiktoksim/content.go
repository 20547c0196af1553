package tiktoksim

import (
	"encoding/json"
	"fmt"
	"strconv"
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
	Media   []byte `json:"media"`  // for IMAGE, VIDEO and EMOTICONS; default: a built-in sample (base64 in JSON)
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

// compose makes the content string of a message and the ledger's words for
// it. The caller holds the lock.
func (s *Sim) compose(m Message) (content, text, parts string, err error) {
	if m.Raw != "" {
		return m.Raw, "", m.Type + " raw", nil
	}

	switch m.Type {
	case TypeImage, TypeEmoticons:
		med, err := s.keepImage(m.Media)
		if err != nil {
			return "", "", "", fmt.Errorf("compose %s: %w", m.Type, err)
		}
		return encode(imageOf(med)), "", describe(m.Type, med), nil
	case TypeVideo:
		med := s.keepVideo(m.Media)
		return encode(s.videoOf(med)), "", describe(m.Type, med), nil
	case TypeText:
		return encode(map[string]string{"content": m.Content}), m.Content, "", nil
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
		return encode(card), "", m.Type + " " + id, nil
	}

	return encode(map[string]string{"content": m.Content}), m.Content, m.Type, nil
}

func imageOf(m *medium) imageContent {
	return imageContent{URL: m.url, Width: strconv.Itoa(m.width), Height: strconv.Itoa(m.height)}
}

func (s *Sim) videoOf(m *medium) videoContent {
	return videoContent{
		URL: m.url, Cover: s.stockURL("cover"), Width: m.width, Height: m.height, Duration: "20.504", VID: m.vid,
		ExpireTime: strconv.FormatInt(m.until.Unix(), 10), Format: "mp4", Size: len(m.data), BitRate: 156067,
		Quality: "original", CodecType: "h264",
	}
}

// describe is the ledger's summary of a medium.
func describe(kind string, m *medium) string {
	return fmt.Sprintf("%s %dx%d %d bytes", kind, m.width, m.height, len(m.data))
}

// encode is json.Marshal for values that cannot fail.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}

	return string(b)
}
