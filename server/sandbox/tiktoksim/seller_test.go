package tiktoksim

import (
	"errors"
	"testing"
)

func TestWhatIsInUseIsNotAddedTwice(t *testing.T) {
	tests := map[string]func(st *stand) error{
		"a seller": func(st *stand) error { _, err := st.sim.AddSeller(SellerSpec{OpenID: "open1"}); return err },
		"a shop of a new seller": func(st *stand) error {
			_, err := st.sim.AddSeller(SellerSpec{OpenID: "open9", Shops: []ShopSpec{{}, {ID: st.shop.ID}}})
			return err
		},
		"a shop twice in one seller": func(st *stand) error {
			_, err := st.sim.AddSeller(SellerSpec{OpenID: "open9", Shops: []ShopSpec{{ID: "9"}, {ID: "9"}}})
			return err
		},
		"a cipher": func(st *stand) error {
			_, err := st.sim.AddShop("open1", ShopSpec{Cipher: st.other.Cipher})
			return err
		},
		"a buyer": func(st *stand) error { _, err := st.sim.AddBuyer(Buyer{ImUserID: st.buyer.ImUserID}); return err },
	}
	for name, add := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			before := len(st.sim.Shops())
			if err := add(st); !errors.Is(err, ErrTaken) {
				t.Errorf("got %v, want ErrTaken", err)
			}
			if n := len(st.sim.Shops()); n != before {
				t.Errorf("%d shops were added all the same", n-before)
			}
		})
	}
}
