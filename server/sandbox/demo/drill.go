package demo

import (
	"fmt"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// drill is one way to break something.
type drill struct {
	name       string
	title      string
	expect     string // what the visitor should see
	on, off    string // what the button says
	did, undid string // what the list of the backend says then
	start      func(*Demo) error
	stop       func(*Demo) error // nil: it is over at once
}

// drillState is when a drill was last tried; without an end it runs, or was
// over at once and is counted until another begins.
type drillState struct {
	begun, ended time.Time
	running      bool
}

// drills in the order of the page.
func drills() []drill {
	return []drill{
		{
			name: "unreachable", title: "TikTok unreachable", on: "Cut TikTok off", off: "Let it answer again", did: "TikTok stopped answering", undid: "TikTok answers again",
			expect: "Replies wait. Once TikTok answers, they go out by themselves, in order.",
			start:  tiktokFault(tiktoksim.FaultUnreachable, ""), stop: tiktokCalm(tiktoksim.FaultUnreachable),
		},
		{
			name: "answers", title: "Answers lost", on: "Lose the answers", off: "Stop losing them", did: "Answers get lost", undid: "Answers come back again",
			expect: "Messages arrive, but the backend is not told. It looks before it sends again: none twice.",
			start:  loseAnswers, stop: keepAnswers,
		},
		{
			name: "tokens", title: "Tokens expired", on: "Expire them now", did: "TikTok's tokens expired",
			expect: "The next reply renews them on the way. Nobody notices.",
			start:  expireTokens,
		},
		{
			name: "consent", title: "Authorization withdrawn", on: "Withdraw it", did: "The seller withdrew the authorization",
			expect: "Replies wait. The app's settings give a link by which the seller authorizes again; then they go out, in order.",
			start:  withdrawConsent,
		},
		{
			name: "key", title: "API key revoked", on: "Revoke the key", off: "Give it back", did: "Freshchat's API key was revoked", undid: "The API key was given back",
			expect: "Buyers' messages wait. With the key back they arrive, in order.",
			start: func(d *Demo) error {
				return d.Freshchat.Faults().Set(freshchatsim.FaultKeyRevoked, simkit.Fault{Rate: 1})
			},
			stop: func(d *Demo) error {
				d.Freshchat.Faults().Clear(freshchatsim.FaultKeyRevoked)
				return nil
			},
		},
		{
			name: "kill", title: "Kill and restart", on: "Kill the backend", off: "Start it again", did: "The backend was killed", undid: "The backend was started again",
			expect: "Write as the buyer while it is dead. After the start everything arrives, in order.",
			start:  func(d *Demo) error { return d.backend.Kill() }, stop: func(d *Demo) error { return d.backend.Start() },
		},
	}
}

func tiktokFault(name, only string) func(*Demo) error {
	return func(d *Demo) error { return d.TikTok.Faults().Set(name, simkit.Fault{Rate: 1, Only: only}) }
}

func tiktokCalm(name string) func(*Demo) error {
	return func(d *Demo) error {
		d.TikTok.Faults().Clear(name)
		return nil
	}
}

// loseAnswers strikes the calls that post messages, on both sides: those are
// the ones that must not be repeated.
func loseAnswers(d *Demo) error {
	if err := d.TikTok.Faults().Set(tiktoksim.FaultAnswerLost, simkit.Fault{Rate: 1, Only: "send_message"}); err != nil {
		return err
	}

	return d.Freshchat.Faults().Set(freshchatsim.FaultAnswerLost, simkit.Fault{Rate: 1, Only: "message_create"})
}

func keepAnswers(d *Demo) error {
	d.TikTok.Faults().Clear(tiktoksim.FaultAnswerLost)
	d.Freshchat.Faults().Clear(freshchatsim.FaultAnswerLost)

	return nil
}

// expireTokens ends the access tokens of every seller who authorized.
func expireTokens(d *Demo) error {
	expired := 0
	for _, app := range d.Apps {
		for _, seller := range d.Sellers {
			if d.TikTok.ExpireAccessToken(app.Market, seller.OpenID) == nil {
				expired++
			}
		}
	}
	if expired == 0 {
		return errNothingAuthorized
	}

	return nil
}

// withdrawConsent lets every seller who authorized take it back, as they can in
// Seller Center.
func withdrawConsent(d *Demo) error {
	withdrawn := 0
	for _, sh := range d.TikTok.Shops() {
		connected, err := d.TikTok.Subscribed(sh.ID)
		if err != nil {
			return fmt.Errorf("look at shop: %w", err)
		}
		if !connected {
			continue
		}
		if err := d.TikTok.Deauthorize(sh.ID); err != nil {
			return fmt.Errorf("withdraw authorization: %w", err)
		}
		withdrawn++
	}
	if withdrawn == 0 {
		return errNothingAuthorized
	}

	return nil
}

// available tells whether a drill can be tried now.
func (d *Demo) available(dr drill) bool { return dr.name != "kill" || d.backend != nil }

// turn starts or ends a drill.
func (d *Demo) turn(dr drill, on bool) error {
	if !d.available(dr) || !on && dr.stop == nil {
		return errNoSuchDrill
	}

	// The time is taken before, lest a message slips in between.
	now := d.now()
	if on {
		if err := dr.start(d); err != nil {
			return fmt.Errorf("start %s: %w", dr.name, err)
		}
		d.Trace(Event{Time: now, Kind: Marker, Text: dr.did})
	} else {
		if err := dr.stop(d); err != nil {
			return fmt.Errorf("end %s: %w", dr.name, err)
		}
		d.Trace(Event{Kind: Marker, Text: dr.undid})
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	for _, other := range d.drills {
		if on && !other.running && other.ended.IsZero() {
			other.ended = now // one that was over at once counts until the next begins
		}
	}
	state := d.drills[dr.name]
	if state == nil {
		state = &drillState{}
		d.drills[dr.name] = state
	}
	if on {
		*state = drillState{begun: now, running: dr.stop != nil}
	} else {
		state.running, state.ended = false, now
	}

	return nil
}

// stateOf returns how a drill stands.
func (d *Demo) stateOf(name string) drillState {
	d.mu.Lock()
	defer d.mu.Unlock()

	if s := d.drills[name]; s != nil {
		return *s
	}

	return drillState{}
}

// drillCard is a drill as the page shows it.
type drillCard struct {
	Name, Title, Expect string
	Button              string
	On                  string // the form's answer when the button is pressed
	Running             bool
	Seen                string
	Mood                mood
}

// mood colours what was seen.
type mood string

const (
	moodQuiet mood = "quiet"
	moodWait  mood = "wait"
	moodGood  mood = "good"
	moodBad   mood = "bad"
)

func (d *Demo) drillCards(s *scene) []drillCard {
	var cards []drillCard
	for _, dr := range drills() {
		if !d.available(dr) {
			continue
		}
		state := d.stateOf(dr.name)
		c := drillCard{Name: dr.name, Title: dr.title, Expect: dr.expect, Button: dr.on, On: "yes", Running: state.running}
		if state.running {
			c.Button, c.On = dr.off, "no"
		}
		c.Seen, c.Mood = seen(s, state)
		cards = append(cards, c)
	}

	return cards
}

// seen says what in fact became of the messages written during a drill.
func seen(s *scene, state drillState) (string, mood) {
	if state.begun.IsZero() {
		return "", moodQuiet
	}

	t := s.count(state.begun, state.ended)
	switch {
	case t.Lost > 0 || t.Doubled > 0 || t.Shuffled > 0:
		return fmt.Sprintf("Seen: %d lost, %d doubled, %d out of order.", t.Lost, t.Doubled, t.Shuffled), moodBad
	case t.Written == 0 && state.ended.IsZero():
		return "Now write as the buyer or answer as the agent.", moodWait
	case t.Written == 0:
		return "Nothing was written meanwhile.", moodQuiet
	case t.Waiting > 0 && t.Arrived > 0:
		return fmt.Sprintf("%d waiting, %d arrived.", t.Waiting, t.Arrived), moodWait
	case t.Waiting > 0:
		return fmt.Sprintf("%d waiting.", t.Waiting), moodWait
	case t.Arrived == 1:
		return "1 sent, once.", moodGood
	default:
		return fmt.Sprintf("%d sent, in order, none twice.", t.Arrived), moodGood
	}
}
