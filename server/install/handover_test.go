package install

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

func TestASetupCode(t *testing.T) {
	open := func(t *testing.T) (*stage, string) {
		t.Helper()

		s := newStage(t)
		s.verified("page")

		page, err := s.Finish(t.Context(), "page", form(beauty.Code))
		if err != nil {
			t.Fatal(err)
		}

		return s, page.Installed.SetupCode
	}
	gone := func(t *testing.T, s *stage, code string) {
		t.Helper()

		h, err := s.Exchange(t.Context(), code)
		if bridge.CodeOf(err) != bridge.Missing || h != (Handover{}) {
			t.Errorf("it gave %+v, %v", h, err)
		}
	}

	t.Run("is good once", func(t *testing.T) {
		s, code := open(t)
		if _, err := s.Exchange(t.Context(), code); err != nil {
			t.Fatal(err)
		}

		gone(t, s, code)
	})

	t.Run("may be pasted in small letters with blanks", func(t *testing.T) {
		s, code := open(t)
		if _, err := s.Exchange(t.Context(), " "+strings.ToLower(code[:8])+" "+code[8:]+"\n"); err != nil {
			t.Error(err)
		}
	})

	t.Run("dies after ten minutes", func(t *testing.T) {
		s, code := open(t)
		s.pass(SetupCodeFor)
		gone(t, s, code)
	})

	t.Run("dies with the next one", func(t *testing.T) {
		s, code := open(t)

		page, err := s.NewCode(t.Context(), "page")
		if err != nil || page.Installed.Now {
			t.Fatalf("page shows %+v, %v", page.Installed, err)
		}

		gone(t, s, code)

		if _, err := s.Exchange(t.Context(), page.Installed.SetupCode); err != nil {
			t.Error(err)
		}
	})

	t.Run("comes again when the page is loaded again", func(t *testing.T) {
		s, code := open(t)
		s.pass(20 * time.Minute)

		page, err := s.Resume(t.Context(), "page")
		if err != nil {
			t.Fatal(err)
		}

		gone(t, s, code)

		if _, err := s.Exchange(t.Context(), page.Installed.SetupCode); err != nil {
			t.Error(err)
		}
	})

	t.Run("is made by nothing that was not installed", func(t *testing.T) {
		s, _ := open(t)
		s.verified("other")

		if _, err := s.NewCode(t.Context(), "other"); bridge.CodeOf(err) != bridge.Conflict {
			t.Errorf("error %v", err)
		}

		if page, err := s.Resume(t.Context(), "other"); err != nil || !page.Verified || page.Installed != nil {
			t.Errorf("page shows %+v, %v", page, err)
		}
	})

	t.Run("is not stored as it is", func(t *testing.T) {
		s, code := open(t)
		if _, err := s.store.Ticket(t.Context(), bridge.TicketSetup, code); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("found by itself: %v", err)
		}
	})

	t.Run("that is empty opens nothing", func(t *testing.T) {
		s, _ := open(t)
		gone(t, s, "")
	})
}

func TestAFrameIsToldOnce(t *testing.T) {
	s := newStage(t)
	s.verified("page")

	if _, err := s.Framed(t.Context(), "page"); bridge.CodeOf(err) != bridge.Missing {
		t.Errorf("before Install: %v", err)
	}

	if _, err := s.Finish(t.Context(), "page", form(beauty.Code)); err != nil {
		t.Fatal(err)
	}

	h, err := s.Framed(t.Context(), "page")
	if err != nil || h.InstallID != "ins_1" || h.LinkSecret == "" {
		t.Fatalf("handed over %+v, %v", h, err)
	}

	if _, err := s.Framed(t.Context(), "page"); bridge.CodeOf(err) != bridge.Missing {
		t.Errorf("the second time: %v", err)
	}
}

func TestTheAuthorizeTabHandsItsCodeOver(t *testing.T) {
	s := newStage(t)

	t.Run("to no page that does not wait", func(t *testing.T) {
		if _, err := s.Waiting(t.Context(), "page", "state-1"); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("waits: %v", err)
		}

		if _, err := s.Offer(t.Context(), "page", "state-1", "uk", acmeCode); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("taken: %v", err)
		}
	})

	s.verified("page")

	if host, err := s.Waiting(t.Context(), "page", "state-1"); err != nil || host != acme {
		t.Fatalf("waits for %q, %v", host, err)
	}

	if host, err := s.Offer(t.Context(), "page", "state-1", "uk", acmeCode); err != nil || host != acme {
		t.Fatalf("handed to %q, %v", host, err)
	}

	t.Run("saying yes twice is once", func(t *testing.T) {
		if host, err := s.Offer(t.Context(), "page", "state-1", "uk", acmeCode); err != nil || host != acme {
			t.Errorf("handed to %q, %v", host, err)
		}
	})

	t.Run("a state is good for one code", func(t *testing.T) {
		if _, err := s.Offer(t.Context(), "page", "state-1", "uk", "ROW_another"); !errors.Is(err, bridge.ErrConflict) {
			t.Errorf("error %v", err)
		}

		if _, err := s.Waiting(t.Context(), "page", "state-1"); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("waits: %v", err)
		}
	})

	t.Run("the code is used when the field is left empty", func(t *testing.T) {
		page, shop, err := s.FindShop(t.Context(), "page", Claim{ShopCode: beauty.Code})
		if err != nil || shop != beauty || page.Offered != "" || !page.CodeTaken {
			t.Errorf("found %v, page shows %+v, %v", shop, page, err)
		}
	})

	t.Run("a newer one replaces the address that still stands in the field", func(t *testing.T) {
		if _, err := s.Offer(t.Context(), "page", "state-2", "asia", "ROW_newer"); err != nil {
			t.Fatal(err)
		}

		if _, err := s.Finish(t.Context(), "page", form(beauty.Code)); err != nil {
			t.Fatal(err)
		}

		if last := s.tiktok.exchanged[len(s.tiktok.exchanged)-1]; last != "asia ROW_newer" {
			t.Errorf("exchanged %q last", last)
		}
	})
}
