package boltstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sellerchat/server/bridge"
)

func checkShop(sh bridge.Shop) error {
	if err := checkNames(string(sh.ID), string(sh.Installation),
		string(sh.Authorization.Market), string(sh.Authorization.OpenID)); err != nil {
		return fmt.Errorf("boltstore: shop: %w", err)
	}

	return nil
}

func (t *txn) shop(id bridge.ShopID) (bridge.Shop, error) {
	raw := t.get(bucketShops, []byte(id))
	if raw == nil {
		return bridge.Shop{}, bridge.ErrNotFound
	}

	return decodeJSON[bridge.Shop](raw)
}

// putShop stores a shop and what finds it by its installation and consent.
func (t *txn) putShop(sh bridge.Shop) error {
	raw, err := encodeJSON(sh)
	if err != nil {
		return err
	}

	old, err := t.shop(sh.ID)
	if err == nil {
		t.dropShop(old)
	}

	t.put(bucketShops, []byte(sh.ID), raw)
	t.put(bucketHoldings, holdingKey(sh.Installation, sh.ID), present)
	t.put(bucketConsents, consentKey(sh.Authorization, sh.ID), present)

	if err == nil && old.Authorization != sh.Authorization {
		t.dropOrphan(old.Authorization)
	}

	return nil
}

func (t *txn) dropShop(sh bridge.Shop) {
	t.delete(bucketShops, []byte(sh.ID))
	t.delete(bucketHoldings, holdingKey(sh.Installation, sh.ID))
	t.delete(bucketConsents, consentKey(sh.Authorization, sh.ID))
}

// dropOrphan removes a consent, and its tokens, when no shop is left that was
// authorized by it.
func (t *txn) dropOrphan(k bridge.AuthorizationKey) {
	if len(t.keys(bucketConsents, authorizationKey(k), 1)) == 0 {
		t.delete(bucketAuthorizations, authorizationKey(k))
	}
}

// shopsUnder reads the shops of which an index holds the prefix, by name.
func (t *txn) shopsUnder(b bucket, prefix []byte) ([]bridge.Shop, error) {
	var shops []bridge.Shop

	for k := range t.scan(b, prefix) {
		d := decoder{s: string(k[len(prefix):])}

		sh, err := t.shop(bridge.ShopID(d.str()))
		if err != nil {
			return nil, err
		}

		shops = append(shops, sh)
	}

	slices.SortFunc(shops, func(a, b bridge.Shop) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})

	return shops, nil
}

func (t *txn) shops(id bridge.InstallationID) ([]bridge.Shop, error) {
	return t.shopsUnder(bucketHoldings, appendString(nil, id))
}

// Shop implements bridge.Installations.
func (s *Store) Shop(ctx context.Context, id bridge.ShopID) (bridge.Shop, error) {
	if err := ctx.Err(); err != nil {
		return bridge.Shop{}, err
	}

	return s.cache.shops.get(id, func() (sh bridge.Shop, err error) {
		err = s.view(func(t *txn) (err error) {
			sh, err = t.shop(id)

			return err
		})

		return sh, err
	})
}

// Shops implements bridge.Installations.
func (s *Store) Shops(ctx context.Context, id bridge.InstallationID) (shops []bridge.Shop, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	err = s.view(func(t *txn) (err error) {
		shops, err = t.shops(id)

		return err
	})

	return shops, err
}

// ShopsOf implements bridge.Installations.
func (s *Store) ShopsOf(ctx context.Context, key bridge.AuthorizationKey) (shops []bridge.Shop, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	err = s.view(func(t *txn) (err error) {
		shops, err = t.shopsUnder(bucketConsents, authorizationKey(key))

		return err
	})

	return shops, err
}

// UpdateShop implements bridge.Installations. Who holds the shop is changed
// by Install, Uninstall and Remove only.
func (s *Store) UpdateShop(ctx context.Context, id bridge.ShopID, change func(*bridge.Shop) error) (bridge.Shop, error) {
	var sh bridge.Shop

	err := s.do(ctx, &op{
		run: func(t *txn) (err error) {
			if sh, err = t.shop(id); err != nil {
				return err
			}

			holder := sh.Installation
			if err := change(&sh); err != nil {
				return err
			}

			sh.ID, sh.Installation = id, holder
			if err := checkShop(sh); err != nil {
				return err
			}

			return t.putShop(sh)
		},
		apply: func() { s.cache.shops.forget(id) },
	})
	if err != nil {
		return bridge.Shop{}, err
	}

	return sh, nil
}

func (t *txn) authorization(key bridge.AuthorizationKey) (bridge.Authorization, error) {
	raw := t.get(bucketAuthorizations, authorizationKey(key))
	if raw == nil {
		return bridge.Authorization{}, bridge.ErrNotFound
	}

	return decodeJSON[bridge.Authorization](raw)
}

func (t *txn) putAuthorization(a bridge.Authorization) error {
	raw, err := encodeJSON(a)
	if err != nil {
		return err
	}

	t.put(bucketAuthorizations, authorizationKey(a.Key), raw)

	return nil
}

// Authorization implements bridge.Installations.
func (s *Store) Authorization(ctx context.Context, key bridge.AuthorizationKey) (a bridge.Authorization, err error) {
	if err := ctx.Err(); err != nil {
		return a, err
	}

	err = s.view(func(t *txn) (err error) {
		a, err = t.authorization(key)

		return err
	})

	return a, err
}

// UpdateAuthorization implements bridge.Installations.
func (s *Store) UpdateAuthorization(ctx context.Context, key bridge.AuthorizationKey, change func(*bridge.Authorization) error) (bridge.Authorization, error) {
	var a bridge.Authorization

	err := s.do(ctx, &op{run: func(t *txn) (err error) {
		if a, err = t.authorization(key); err != nil {
			return err
		}

		if err := change(&a); err != nil {
			return err
		}

		a.Key = key

		return t.putAuthorization(a)
	}})
	if err != nil {
		return bridge.Authorization{}, err
	}

	return a, nil
}

// EachAuthorization implements bridge.Installations.
func (s *Store) EachAuthorization(ctx context.Context, visit func(bridge.Authorization) error) error {
	return each(ctx, s, bucketAuthorizations, visit)
}
