package journey

import (
	"errors"
	"fmt"
	"strings"
)

// The people of the demo.
const (
	buyer = "Emma Clarke"
	shop  = "Glow Beauty"
)

// The two sides of one chat, by what a screen reader calls them.
const (
	phone        = "Chat of " + buyer + " with " + shop
	conversation = "Conversation with " + buyer
)

// talk writes as the buyer and answers as the agent.
func talk(demo *tab) {
	demo.t.Helper()
	demo.follow("Write as the buyer")
	demo.sees("Say hello to " + shop)

	demo.fill("Message to "+shop, "Is the lip oil vegan?")
	demo.press("Send")
	demo.stands(conversation, "Is the lip oil vegan?")
	demo.done("Write as the buyer")
	demo.look("agent-sees-it")
	underTopic(demo)

	demo.fill("Reply to "+buyer, "Yes, all of our oils are.")
	demo.press("Reply")
	demo.stands(phone, "Yes, all of our oils are.")
	demo.done("Answer as the agent")
	demo.look("buyer-sees-it")

	demo.press("Send ❤️")
	demo.stands(conversation, "Is the lip oil vegan?", "Yes, all of our oils are.", "❤️")
	demo.fill("Reply to "+buyer, "You are welcome 🙏👍🏽")
	demo.press("Reply")
	demo.stands(phone, "❤️", "You are welcome 🙏👍🏽")

	demo.fill("Reply to "+buyer, "She may get a discount.")
	demo.press("Private note")
	demo.stands(conversation, "She may get a discount.")
	demo.fill("Reply to "+buyer, "Anything else?")
	demo.press("Reply")
	demo.stands(phone, "You are welcome 🙏👍🏽", "Anything else?")

	if text := demo.group(phone); strings.Contains(text, "discount") {
		demo.t.Errorf("the buyer reads the private note: %s", text)
	}

	demo.look("private-note")
}

// files sends one of each kind as the agent: the buyer sees the picture and the
// clip, and a link to the document.
func files(demo *tab) {
	demo.t.Helper()

	seen := func(what string) error {
		n, err := ask[int](demo, `function (what) { return this.querySelectorAll('#phone-chat ' + what).length; }`, what)
		if err == nil && n != 1 {
			err = fmt.Errorf("there are %d of %s", n, what)
		}

		return err
	}

	for name, what := range map[string]string{"Send photo": "img", "Send video": "video", "Send file": "a[href*='/media/']"} {
		demo.press(name)
		demo.until("the buyer gets it", func() error { return seen(what) })
	}

	demo.until("the picture and the clip can be seen", func() error {
		shown, err := ask[bool](demo, `function () {
			return [...this.querySelectorAll('#phone-chat img, #thread-chat img')].every((i) => i.naturalWidth > 0) &&
				[...this.querySelectorAll('#phone-chat video, #thread-chat video')].every((v) => v.videoWidth > 0);
		}`)
		if err == nil && !shown {
			err = errors.New("not all are")
		}

		return err
	})
	demo.sees("ingredients.pdf (671 bytes)")
	demo.look("files")
}

// underTopic looks for the conversation under the topic that was chosen, and
// under another.
func underTopic(demo *tab) {
	demo.t.Helper()
	demo.follow("Returns")
	demo.sees("No conversations")
	demo.click(roleLink, "TikTok Shop")
	demo.until("the conversation is under its topic", func() error {
		if strings.Contains(demo.words(), "No conversations") {
			return errors.New("there is none")
		}

		return nil
	})
	demo.stands(conversation, "Is the lip oil vegan?")
}

// breakSomething kills the backend, writes three messages that nobody takes,
// and starts it again.
func breakSomething(demo *tab) {
	demo.t.Helper()
	demo.press("Kill the backend")
	demo.sees("Stopped")

	waiting := []string{"One more thing", "Does it smell of roses?", "I am allergic to roses"}
	for _, text := range waiting {
		demo.fill("Message to "+shop, text)
		demo.press("Send")
		demo.stands(phone, text)
	}

	demo.sees("waiting 3")
	demo.look("killed")

	demo.press("Start it again")
	demo.stands(conversation, waiting...)
	demo.sees("waiting 0", "lost 0", "doubled 0", "out of order 0", "Running")
	demo.done("Break something")
	demo.look("mended")
}

// group is what can be read in a named part of the page.
func (b *tab) group(name string) string {
	list, err := b.all("group", name)
	if err != nil || len(list) == 0 {
		return ""
	}

	object, err := b.object(list[0])
	if err != nil {
		return ""
	}

	text, err := askOf[string](b, object, `function () { return this.innerText; }`)
	if err != nil {
		return ""
	}

	return text
}

// stands waits until the texts stand in a part of the page, in this order and
// each once.
func (b *tab) stands(name string, texts ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%q stand in %q", texts, name), func() error {
		all := b.group(name)
		rest := all

		for _, text := range texts {
			if n := strings.Count(all, text); n != 1 {
				return fmt.Errorf("%q is there %d times", text, n)
			}

			_, after, found := strings.Cut(rest, text)
			if !found {
				return fmt.Errorf("%q stands before its turn", text)
			}

			rest = after
		}

		return nil
	})
}

// done waits until a step of the path is ticked off.
func (b *tab) done(step string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%q is ticked off", step), func() error {
		_, err := b.the(roleLink, step+" (done)")

		return err
	})
}
