package boltstore

import (
	"bytes"
	"sync"

	"sellerchat/server/bridge"
)

// cacheSize bounds each kind of record in memory; an installation takes less
// than two kilobytes.
const cacheSize = 16384

// cache keeps decoded what every webhook and delivery asks for. The writer forgets what it
// changed after the commit and before it answers, so that nobody reads what
// was there before her own change.
type cache struct {
	installations shelf[bridge.InstallationID, bridge.Installation]
	webhooks      shelf[string, bridge.InstallationID]
	shops         shelf[bridge.ShopID, bridge.Shop]
	links         shelf[bridge.LinkKey, bridge.Link]
}

func newCache() *cache { return &cache{} }

// shelf is one kind of record.
type shelf[K comparable, V any] struct {
	mu  sync.RWMutex
	all map[K]V
	// version counts changes: what was read from the file before one must not
	// be kept after it.
	version uint64
}

// get returns the record, reading it when it is not there. Errors are not
// kept.
func (c *shelf[K, V]) get(key K, read func() (V, error)) (V, error) {
	c.mu.RLock()
	v, ok := c.all[key]
	version := c.version
	c.mu.RUnlock()

	if ok {
		return v, nil
	}

	v, err := read()
	if err != nil {
		return v, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	if c.version != version {
		return v, nil
	}

	if len(c.all) >= cacheSize || c.all == nil {
		c.all = make(map[K]V)
	}

	c.all[key] = v

	return v, nil
}

func (c *shelf[K, V]) forget(keys ...K) {
	if len(keys) == 0 {
		return
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	for _, key := range keys {
		delete(c.all, key)
	}

	c.version++
}

// copyInstallation returns an installation whose secrets are the caller's own.
func copyInstallation(i bridge.Installation) bridge.Installation {
	i.APIKey = bytes.Clone(i.APIKey)
	i.LinkSecret = bytes.Clone(i.LinkSecret)
	i.NextSecret = bytes.Clone(i.NextSecret)
	i.WebhookToken = bytes.Clone(i.WebhookToken)

	return i
}
