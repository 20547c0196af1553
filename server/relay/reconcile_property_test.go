package relay

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sellerchat/server/bridge"
)

// TestEveryPathTogetherBringsEachMessageOnce lets webhooks and events tell any
// part of a conversation at any time, some of it late or twice, while it is
// compared and the program stops and starts.
func TestEveryPathTogetherBringsEachMessageOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps := rapid.SliceOfN(rapid.SampledFrom(storySteps), 1, 8).Draw(r, "steps")
		seconds := rapid.SliceOfN(rapid.IntRange(1, 300), len(steps), len(steps)).Draw(r, "seconds")

		var (
			story       story
			shown, sent []string
		)

		onComparing(t, func(s *compared) {
			story.compared = s
			story.buyerWrites(true)
			synctest.Wait()

			for i, step := range steps {
				wait := time.Duration(seconds[i]) * time.Second
				story.play(step, wait)
				pass(wait)
			}

			// After a downtime everything is compared.
			s.restart(2 * time.Minute)
			pass(2 * time.Minute)

			shown, sent = s.shows(testChat), s.tt.texts()
		})

		checkShown(r, story.buyers, shown)
		checkSent(r, story.agents, sent)
	})
}

// The steps of a story.
const (
	buyerIsHeard   = "a buyer writes"
	buyerIsLost    = "a buyer writes, and nobody tells"
	webhooksRepeat = "all webhooks come again"
	agentIsHeard   = "an agent writes"
	agentIsLost    = "an agent writes, and nobody tells"
	eventsRepeat   = "all events come again"
	programStops   = "the program stops for a while"
)

var storySteps = []string{buyerIsHeard, buyerIsLost, webhooksRepeat, agentIsHeard, agentIsLost, eventsRepeat, programStops}

// storyLine is a message of a story; heard is true if it was told at once.
type storyLine struct {
	bridge.Message

	heard bool
}

type story struct {
	*compared

	buyers, agents []storyLine
}

func (s *story) play(step string, wait time.Duration) {
	switch step {
	case buyerIsHeard, buyerIsLost:
		s.buyerWrites(step == buyerIsHeard)
	case webhooksRepeat:
		for _, m := range s.buyers {
			s.told(testChat, m.Message)
		}
	case agentIsHeard, agentIsLost:
		m := s.lost(bridge.Agent, fmt.Sprint(len(s.agents)), false)
		s.agents = append(s.agents, storyLine{m, step == agentIsHeard})

		if step == agentIsHeard {
			s.heardReply(m)
		}
	case eventsRepeat:
		for _, m := range s.agents {
			s.heardReply(m.Message)
		}
	case programStops:
		s.restart(wait)
	}
}

func (s *story) buyerWrites(heard bool) {
	m := s.shop.write(testChat, bridge.Buyer, fmt.Sprint(len(s.buyers)), "")
	s.buyers = append(s.buyers, storyLine{m, heard})

	if heard {
		s.told(testChat, m)
	}
}

// checkShown checks that agents see each message once, and in order what is not
// marked as late. What is late is in order too.
func checkShown(r *rapid.T, want []storyLine, shown []string) {
	var all, plain, late []int

	for _, text := range shown {
		rest, marked := strings.CutPrefix(text, "[Late, sent ")
		if marked {
			rest = rest[strings.Index(rest, "] ")+2:]
		}

		n := number(r, rest)
		all = append(all, n)

		if marked {
			late = append(late, n)
		} else {
			plain = append(plain, n)
		}
	}

	once(r, "agents see", len(want), all)

	if !slices.IsSorted(plain) || !slices.IsSorted(late) {
		r.Errorf("agents see %q", shown)
	}
}

// checkSent checks that the buyer gets each reply once, and in order what was
// told at once. What was not is in order too; nothing marks it.
func checkSent(r *rapid.T, want []storyLine, sent []string) {
	var all, plain, late []int

	for _, text := range sent {
		n := number(r, text)
		all = append(all, n)

		if n < len(want) && want[n].heard {
			plain = append(plain, n)
		} else {
			late = append(late, n)
		}
	}

	once(r, "the buyer gets", len(want), all)

	if !slices.IsSorted(plain) || !slices.IsSorted(late) {
		r.Errorf("the buyer gets %q", sent)
	}
}

func number(r *rapid.T, text string) int {
	var n int
	if _, err := fmt.Sscan(text, &n); err != nil {
		r.Errorf("%q was not written", text)
	}

	return n
}

// once checks that all numbers are there, each of them once.
func once(r *rapid.T, who string, want int, got []int) {
	sorted := slices.Sorted(slices.Values(got))

	all := make([]int, want)
	for n := range all {
		all[n] = n
	}

	if !slices.Equal(sorted, all) {
		r.Errorf("%s %v of %d", who, sorted, want)
	}
}
