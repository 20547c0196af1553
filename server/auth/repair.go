package auth

import "time"

// RepairLife is how long the link is good by which a seller authorizes a shop
// again: she may have to be asked, and to find the time.
const RepairLife = 7 * 24 * time.Hour

// Repair is a link by which the shops of an installation in one market are
// authorized again. It proves nothing but whom the consent is for: the person
// who follows it is asked before anything is handed over.
type Repair struct {
	InstallID string
	Market    string
}

// SignRepair makes the token of a repair link, good for RepairLife from now.
func (t *Tokens) SignRepair(r Repair) (string, error) {
	return t.repair.sign(stateClaims{
		RegisteredClaims: t.repair.registered("", r.InstallID),
		Market:           r.Market,
	})
}

// ParseRepair checks the token of a repair link for a market. Refusals match
// ErrToken, and ErrTokenExpired when the link was merely too old.
func (t *Tokens) ParseRepair(token, market string) (Repair, error) {
	var c stateClaims
	if err := t.repair.parse(token, &c); err != nil {
		return Repair{}, err
	}
	if c.Market != market {
		return Repair{}, refusal("made for another market")
	}

	return Repair{InstallID: c.Subject, Market: c.Market}, nil
}
