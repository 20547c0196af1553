package boltstore

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// recordVersion leads every record. A record in another form gets another
// version, and the decoder learns to read both.
const recordVersion = 1

// inlineText is about how long a text may be, in bytes, to be part of its queue
// record. It is written again when the delivery becomes final, so that a
// longer one stands apart.
const inlineText = 2048

// textApart stands in a queue record for a text in bucketTexts.
const textApart = "\x00"

// queueRecord is what is stored of a delivery from its acceptance until its
// metadata is swept.
type queueRecord struct {
	lane     bridge.LaneKey
	order    uint64
	accepted time.Time
	path     bridge.Path
	about    bridge.DeliveryID
	message  bridge.Message // decoded without its parts
	// text is what decoding found of the parts, or textApart; empty once they
	// are gone.
	text string
}

// orderOf is the place of a message in its lane.
func orderOf(m bridge.Message, accepted time.Time) uint64 {
	if m.Order != 0 {
		return m.Order
	}

	if m.CreatedAt.IsZero() {
		return uint64(max(accepted.UnixMicro(), 0))
	}

	return uint64(max(m.CreatedAt.UnixMicro(), 0))
}

// encode returns the record up to its text, with room for one of a length.
func (r queueRecord) encode(lane string, room int) []byte {
	m := r.message
	b := make([]byte, 0, 64+len(lane)+len(m.ID)+len(m.AuthorID)+room)
	b = append(b, recordVersion)
	b = append(b, lane...)
	b = binary.AppendUvarint(b, r.order)
	b = appendTime(b, r.accepted)
	b = appendString(b, r.path)
	b = binary.AppendUvarint(b, uint64(r.about))
	b = appendString(b, m.ID)
	b = appendString(b, m.Author)
	b = appendString(b, m.AuthorID)
	b = appendTime(b, m.CreatedAt)

	return binary.AppendUvarint(b, m.Order)
}

// encodeWithText returns the record with the text of its message, which comes
// separately when it is to stand apart.
func (r queueRecord) encodeWithText(lane string) (record, apart []byte) {
	parts := r.message.Parts
	room := partsRoom(parts)

	if room > inlineText {
		return append(r.encode(lane, len(textApart)), textApart...), appendParts(make([]byte, 0, room), parts)
	}

	return appendParts(r.encode(lane, room), parts), nil
}

func decodeQueue(s string) (queueRecord, error) {
	d := decoder{s: s}
	d.version()

	r := queueRecord{
		lane:     d.lane(),
		order:    d.uint(),
		accepted: d.time(),
		path:     bridge.Path(d.str()),
		about:    bridge.DeliveryID(d.uint()),
	}
	r.message = bridge.Message{
		ID:        bridge.MessageID(d.str()),
		Author:    bridge.AuthorRole(d.str()),
		AuthorID:  d.str(),
		CreatedAt: d.time(),
		Order:     d.uint(),
	}
	r.text = d.rest()

	return r, d.err("queue")
}

// queuePlace reads the beginning of a queue record, as far as the lanes need
// it: the lane's key, which is a part of b, the order and when it was
// accepted. It copies nothing, since opening the file calls it for everything
// that waits.
func queuePlace(b []byte) (lane []byte, order uint64, accepted int64, err error) {
	fault := func() ([]byte, uint64, int64, error) {
		return nil, 0, 0, (&decoder{bad: true}).err("queue")
	}

	if len(b) == 0 || b[0] != recordVersion {
		return fault()
	}

	end := 1

	for part := range 5 {
		n := 1 // the direction
		if part != 2 {
			n = skipString(b[end:])
		}

		if n < 0 || end+n > len(b) {
			return fault()
		}

		end += n
	}

	order, n := binary.Uvarint(b[end:])
	accepted, m := binary.Varint(b[end+max(n, 0):])

	if n <= 0 || m <= 0 {
		return fault()
	}

	return b[1:end], order, accepted, nil
}

// skipString returns how long the string at the front of b is, its length
// included; negative when b is too short.
func skipString(b []byte) int {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) {
		return -1
	}

	return w + int(n)
}

// partsRoom is at least how long parts are when they are encoded.
func partsRoom(parts []bridge.Part) int {
	size := 8
	for _, p := range parts {
		size += 40 + len(p.Text) + len(p.URL) + len(p.Name) + len(p.Type) + len(p.MIME) + len(p.Ref)
	}

	return size
}

func appendParts(b []byte, parts []bridge.Part) []byte {
	b = append(b, recordVersion)
	b = binary.AppendUvarint(b, uint64(len(parts)))

	for _, p := range parts {
		b = appendString(b, p.Kind)
		b = appendString(b, p.Text)
		b = appendString(b, p.Type)
		b = appendString(b, p.URL)
		b = appendString(b, p.Name)
		b = appendString(b, p.MIME)
		b = binary.AppendVarint(b, p.Size)
		b = appendString(b, p.Ref)
		b = binary.AppendVarint(b, int64(p.Width))
		b = binary.AppendVarint(b, int64(p.Height))
	}

	return b
}

func decodeParts(s string) ([]bridge.Part, error) {
	d := decoder{s: s}
	d.version()

	n := d.uint()
	if n == 0 || n > uint64(len(s)) {
		return nil, d.err("text")
	}

	parts := make([]bridge.Part, n)
	for i := range parts {
		parts[i] = bridge.Part{
			Kind: bridge.PartKind(d.str()),
			Text: d.str(),
			Type: d.str(),
			URL:  d.str(),
			Name: d.str(),
			MIME: d.str(),
			Size: d.int(),
			Ref:  d.str(),

			Width:  int(d.int()),
			Height: int(d.int()),
		}
	}

	return parts, d.err("text")
}

// progressRecord is what happened so far to a queued delivery.
type progressRecord struct {
	attempts int
	// due is until when its lane backs off.
	due    time.Time
	reason string
	done   []bridge.MessageID
	intent *bridge.Intent
	told   bool
}

func (r progressRecord) encode() []byte {
	b := []byte{recordVersion}
	b = binary.AppendUvarint(b, uint64(r.attempts))
	b = appendTime(b, r.due)
	b = appendString(b, r.reason)
	b = appendIDs(b, r.done)
	b = appendIntent(b, r.intent)

	return appendBool(b, r.told)
}

func decodeProgress(s string) (progressRecord, error) {
	if s == "" {
		return progressRecord{}, nil
	}

	d := decoder{s: s}
	d.version()

	r := progressRecord{
		attempts: int(d.uint()),
		due:      d.time(),
		reason:   d.str(),
		done:     readIDs[bridge.MessageID](&d),
		intent:   d.intent(),
		told:     d.bool(),
	}

	return r, d.err("progress")
}

// deliveryRecord is a final delivery; queue is its queue record as it was,
// until its text is removed. It begins with what sweeping reads: the hour in
// which it became final (4 bytes) and its id (8).
type deliveryRecord struct {
	hour     uint32
	id       uint64
	state    bridge.State
	reason   string
	attempts int
	done     []bridge.MessageID
	intent   *bridge.Intent
	late     bool
	told     bool
	// sent is true when some of it may have reached the other side: the
	// lane's mark counts it.
	sent    bool
	settled time.Time
	// origins are the seen keys that came to stand for it with its settlement.
	origins []string
	queue   string
}

// Where the hour and the id end in a delivery record.
const (
	deliveryHour = 5
	deliveryHead = 13
)

func (r deliveryRecord) encode() []byte {
	b := append(make([]byte, 0, 160+len(r.queue)+len(r.reason)), recordVersion)
	b = binary.BigEndian.AppendUint32(b, r.hour)
	b = binary.BigEndian.AppendUint64(b, r.id)
	b = appendString(b, r.state)
	b = appendString(b, r.reason)
	b = binary.AppendUvarint(b, uint64(r.attempts))
	b = appendIDs(b, r.done)
	b = appendIntent(b, r.intent)
	b = appendBool(b, r.late)
	b = appendBool(b, r.told)
	b = appendBool(b, r.sent)
	b = appendTime(b, r.settled)
	b = appendIDs(b, r.origins)

	return append(b, r.queue...)
}

func decodeDelivery(s string) (deliveryRecord, error) {
	d := decoder{s: s}
	d.version()

	r := deliveryRecord{
		hour:     uint32(d.fixed(4)),
		id:       d.fixed(8),
		state:    bridge.State(d.str()),
		reason:   d.str(),
		attempts: int(d.uint()),
		done:     readIDs[bridge.MessageID](&d),
		intent:   d.intent(),
		late:     d.bool(),
		told:     d.bool(),
		sent:     d.bool(),
		settled:  d.time(),
		origins:  readIDs[string](&d),
	}
	r.queue = d.rest()

	return r, d.err("delivery")
}

func appendIDs[S ~string](b []byte, ids []S) []byte {
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		b = appendString(b, id)
	}

	return b
}

func readIDs[S ~string](d *decoder) []S {
	n := d.uint()
	if n == 0 || n > uint64(len(d.s)) {
		return nil
	}

	ids := make([]S, n)
	for i := range ids {
		ids[i] = S(d.str())
	}

	return ids
}

func appendIntent(b []byte, in *bridge.Intent) []byte {
	b = appendBool(b, in != nil)
	if in == nil {
		return b
	}

	b = binary.AppendVarint(b, int64(in.Call))
	b = appendPiece(b, in.Piece)
	b = appendTime(b, in.At)
	b = appendTime(b, in.Latest)
	b = appendBool(b, in.Answered)
	b = appendBool(b, in.Asked)
	b = appendString(b, in.Thread)
	b = appendString(b, in.User)
	b = binary.AppendVarint(b, int64(in.Of))

	return appendNumbers(b, in.With)
}

func (d *decoder) intent() *bridge.Intent {
	if !d.bool() {
		return nil
	}

	return &bridge.Intent{
		Call:     int(d.int()),
		Piece:    d.piece(),
		At:       d.time(),
		Latest:   d.time(),
		Answered: d.bool(),
		Asked:    d.bool(),
		Thread:   bridge.ThreadID(d.str()),
		User:     bridge.UserID(d.str()),
		Of:       int(d.int()),
		With:     d.numbers(),
	}
}

func appendNumbers(b []byte, ids []bridge.DeliveryID) []byte {
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		b = binary.AppendUvarint(b, uint64(id))
	}

	return b
}

func (d *decoder) numbers() []bridge.DeliveryID {
	n := d.uint()
	if n == 0 || n > uint64(len(d.s)) {
		return nil
	}

	ids := make([]bridge.DeliveryID, n)
	for i := range ids {
		ids[i] = bridge.DeliveryID(d.uint())
	}

	return ids
}

func appendPiece(b []byte, p bridge.Piece) []byte {
	b = appendString(b, p.Kind)
	b = appendString(b, p.Text)
	b = appendString(b, p.Ref)
	b = appendString(b, p.Name)
	b = appendString(b, p.MIME)
	b = binary.AppendVarint(b, p.Size)
	b = binary.AppendVarint(b, int64(p.Width))

	return binary.AppendVarint(b, int64(p.Height))
}

func (d *decoder) piece() bridge.Piece {
	return bridge.Piece{
		Kind:   bridge.PartKind(d.str()),
		Text:   d.str(),
		Ref:    d.str(),
		Name:   d.str(),
		MIME:   d.str(),
		Size:   d.int(),
		Width:  int(d.int()),
		Height: int(d.int()),
	}
}

// encodeJSON is for what changes rarely: clear to whoever reads the file, and
// it takes new fields without a new version.
func encodeJSON(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("boltstore: encode %T: %w", v, err)
	}

	return append([]byte{recordVersion}, b...), nil
}

func decodeJSON[T any](b []byte) (T, error) {
	var v T

	if len(b) == 0 || b[0] != recordVersion {
		return v, fmt.Errorf("boltstore: %T record cannot be read", v)
	}

	if err := json.Unmarshal(b[1:], &v); err != nil {
		return v, fmt.Errorf("boltstore: decode %T: %w", v, err)
	}

	return v, nil
}
