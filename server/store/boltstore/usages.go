package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"sellerchat/server/bridge"
)

// PutUsages implements bridge.Usages.
func (s *Store) PutUsages(ctx context.Context, usages ...bridge.Usage) error {
	for _, u := range usages {
		if err := checkNames(string(u.Shop)); err != nil {
			return fmt.Errorf("boltstore: usage: %w", err)
		}
	}

	return s.do(ctx, &op{run: func(t *txn) error {
		for _, u := range usages {
			t.put(bucketUsages, []byte(u.Shop), encodeUsage(u))
		}

		return nil
	}})
}

// EachUsage implements bridge.Usages.
func (s *Store) EachUsage(ctx context.Context, visit func(bridge.Usage) error) error {
	return s.view(func(t *txn) error {
		for k, v := range t.scan(bucketUsages, nil) {
			if err := ctx.Err(); err != nil {
				return err
			}

			u, err := decodeUsage(string(v))
			if err != nil {
				return fmt.Errorf("usage of shop %s: %w", k, err)
			}

			u.Shop = bridge.ShopID(k)
			if err := visit(u); err != nil {
				return err
			}
		}

		return nil
	})
}

// usages removes those of days that are over.
func (w *sweep) usages() {
	var over [][]byte

	for k, v := range w.t.scan(bucketUsages, nil) {
		u, err := decodeUsage(string(v))
		if err != nil || w.now.Sub(u.Day) >= bridge.UsageFor {
			over = append(over, bytes.Clone(k))
		}

		if len(over) >= w.left {
			break
		}
	}

	for _, k := range over {
		w.t.delete(bucketUsages, k)
	}

	w.left -= len(over)
}

func encodeUsage(u bridge.Usage) []byte {
	b := appendTime([]byte{recordVersion}, u.Day)
	b = binary.AppendUvarint(b, uint64(max(u.Calls, 0)))

	return appendTime(b, u.Stopped)
}

func decodeUsage(s string) (bridge.Usage, error) {
	d := decoder{s: s}
	d.version()

	u := bridge.Usage{Day: d.time(), Calls: int(d.uint()), Stopped: d.time()}

	return u, d.err("usage")
}
