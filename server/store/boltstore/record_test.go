package boltstore

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sellerchat/server/bridge"
)

// fill gives every field of a struct another value, those of structs inside
// too, so that a field that is added and not stored fails a test.
func fill(v reflect.Value, n *int) {
	*n++

	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d ", *n) + string(rune(0x1f300+*n)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) << 20)
	case reflect.Uint, reflect.Uint64, reflect.Uint8:
		v.SetUint(uint64(*n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(int64(*n)*1e6, int64(*n)).UTC()))

			return
		}

		for _, field := range v.Fields() {
			fill(field, n)
		}
	default:
		panic("fill does not know " + v.Kind().String())
	}
}

func filled[T any]() (v T) {
	n := 0
	fill(reflect.ValueOf(&v).Elem(), &n)

	return v
}

// TestRecordsKeepEveryField stores a delivery with every field set and reads
// it back: a field that is added to the domain must be added to a record.
func TestRecordsKeepEveryField(t *testing.T) {
	want := filled[bridge.Delivery]()
	want.Started = time.Time{} // of what is not final

	q := queueRecord{
		lane: want.Lane, order: orderOf(want.Message, want.AcceptedAt), accepted: want.AcceptedAt,
		path: want.Path, about: want.About, message: want.Message,
	}
	record, _ := q.encodeWithText(laneKey(want.Lane))
	r := deliveryRecord{
		state: want.State, reason: want.Reason, attempts: want.Attempts, done: want.Done, intent: want.Intent,
		late: want.Late, told: want.Told, settled: want.SettledAt, hour: 1 << 30, id: uint64(want.ID), origins: []string{"a", "b"}, queue: string(record),
	}
	gotRecord, err := decodeDelivery(string(r.encode()))
	if err != nil {
		t.Fatal(err)
	}

	gotQueue, err := decodeQueue(gotRecord.queue)
	if err != nil {
		t.Fatal(err)
	}

	got := gotQueue.delivery(uint64(want.ID))
	got.State, got.Reason, got.Attempts, got.Done = gotRecord.state, gotRecord.reason, gotRecord.attempts, gotRecord.done
	got.Intent, got.Late, got.Told, got.SettledAt = gotRecord.intent, gotRecord.late, gotRecord.told, gotRecord.settled

	if got.Message.Parts, err = decodeParts(gotQueue.text); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delivery (-want +got):\n%s", diff)
	}

	if diff := cmp.Diff(r, gotRecord, cmp.AllowUnexported(deliveryRecord{})); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestProgressKeepsEveryField(t *testing.T) {
	want := progressRecord{
		attempts: 3, due: time.Unix(5, 6).UTC(), reason: "busy", done: []bridge.MessageID{"a", "b"}, intent: new(filled[bridge.Intent]()), told: true,
	}

	got, err := decodeProgress(string(want.encode()))
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(progressRecord{})); diff != "" || err != nil {
		t.Errorf("%v, progress (-want +got):\n%s", err, diff)
	}
}

func TestColdRecordsKeepEveryField(t *testing.T) {
	roundTrip[bridge.Installation](t)
	roundTrip[bridge.Shop](t)
	roundTrip[bridge.Authorization](t)
	roundTrip[bridge.Link](t)
}

func roundTrip[T any](t *testing.T) {
	t.Helper()

	var want T

	n := 0
	fill(reflect.ValueOf(&want).Elem(), &n)

	raw, err := encodeJSON(want)
	if err != nil {
		t.Fatal(err)
	}

	got, err := decodeJSON[T](raw)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, %T (-want +got):\n%s", err, want, diff)
	}
}

// TestPlaceReadsWhatQueueWrote holds the two readers of a queue record
// together.
func TestPlaceReadsWhatQueueWrote(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringN(0, 300, 900)
		want := queueRecord{
			lane: bridge.LaneKey{
				Link: bridge.LinkKey{
					Installation: bridge.InstallationID(text.Draw(r, "installation")),
					Shop:         bridge.ShopID(text.Draw(r, "shop")),
					Conversation: bridge.ConversationID(text.Draw(r, "conversation")),
				},
				Direction: bridge.Direction(rapid.Uint8().Draw(r, "direction")),
			},
			order:    rapid.Uint64().Draw(r, "order"),
			accepted: time.Unix(0, rapid.Int64Min(1).Draw(r, "accepted")).UTC(),
		}
		key := laneKey(want.lane)

		lane, order, accepted, err := queuePlace(want.encode(key, 0))
		if err != nil || string(lane) != key || order != want.order || accepted != want.accepted.UnixNano() {
			r.Fatalf("place is %q, %d, %d, %v", lane, order, accepted, err)
		}

		if got := readLaneKey(key); got != want.lane {
			r.Fatalf("lane is %+v", got)
		}
	})
}

func FuzzRecords(f *testing.F) {
	q := queueRecord{lane: bridge.LaneKey{Direction: bridge.In}, order: 1}
	f.Add(q.encode(laneKey(q.lane), 0))
	f.Add(deliveryRecord{done: []bridge.MessageID{"a"}, intent: &bridge.Intent{}}.encode())
	f.Add(appendParts(nil, []bridge.Part{{Kind: bridge.PartText, Text: "hello"}}))
	f.Add([]byte{recordVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{2})

	// Whatever a damaged file holds is an error at worst.
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, queueErr := decodeQueue(string(raw))
		if _, _, _, err := queuePlace(raw); err != nil && queueErr == nil {
			t.Errorf("only one reader of the queue record took %q: %v", raw, err)
		}

		_, _ = decodeDelivery(string(raw))
		_, _ = decodeParts(string(raw))
		_, _ = decodeProgress(string(raw))
		_, _ = decodeJSON[bridge.Link](raw)
	})
}
