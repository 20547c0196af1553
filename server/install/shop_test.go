package install

import (
	"testing"

	"sellerchat/server/bridge"
)

func TestMatchShop(t *testing.T) {
	// Of one shop the code is another's id, which no platform rules out.
	twisted := bridge.ShopInfo{ID: "7495003", Code: "7495001", Name: "Twisted"}

	tests := map[string]struct {
		shops []bridge.ShopInfo
		typed string
		want  bridge.ShopID
		says  string
	}{
		"by its code":                        {[]bridge.ShopInfo{home, beauty}, "GBLCBEAUTY", beauty.ID, ""},
		"by its code in small letters":       {[]bridge.ShopInfo{home, beauty}, "gblcbeauty", beauty.ID, ""},
		"by its code with blanks":            {[]bridge.ShopInfo{home, beauty}, " GBLC BEAUTY\u200b\n", beauty.ID, ""},
		"by its id":                          {[]bridge.ShopInfo{home, beauty}, "7495001", beauty.ID, ""},
		"a code comes before an id":          {[]bridge.ShopInfo{beauty, twisted}, "7495001", twisted.ID, ""},
		"a part of a code is not enough":     {[]bridge.ShopInfo{beauty}, "GBLCBEAUT", "", "covers Glow Beauty (GBLCBEAUTY). Choose it,"},
		"an unknown one lists two":           {[]bridge.ShopInfo{beauty, home}, "X", "", "covers Glow Beauty (GBLCBEAUTY) and Glow Home (GBLCHOME). Choose one of them,"},
		"an unknown one lists three":         {[]bridge.ShopInfo{beauty, home, twisted}, "X", "", "(GBLCBEAUTY), Glow Home (GBLCHOME) and Twisted (7495001)."},
		"nothing typed":                      {[]bridge.ShopInfo{beauty}, " ", "", "The shop code is missing"},
		"nothing typed beside an empty code": {[]bridge.ShopInfo{{ID: "1", Name: "Nameless"}}, "", "", "The shop code is missing"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := matchShop(test.shops, test.typed)
			if got.ID != test.want {
				t.Errorf("found %q, want %q", got.ID, test.want)
			}

			if test.says == "" && err == nil {
				return
			}

			refused(t, err, FieldShop, test.says)
		})
	}
}

func TestAConsentMustCoverTheShopsHeldThroughIt(t *testing.T) {
	s := newStage(t)
	s.active("first", beauty.Code)

	s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) { return []bridge.ShopInfo{home}, nil }
	s.verified("second")

	_, err := s.Finish(t.Context(), "second", form(home.Code))
	refused(t, err, FieldCode, "leaves out Glow Beauty")

	if held := s.shopNow(beauty.ID); held.Authorization.OpenID != "seller-1" {
		t.Errorf("the shop is now held through %v", held.Authorization)
	}
}
