package journey

import (
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// forgotten is after what time a drop-down no longer knows what was typed.
const forgotten = 1500 * time.Millisecond

// reachable moves an element into view and says what keeps the mouse from it.
const reachable = `function () {
	this.scrollIntoView({ block: 'center', behavior: 'instant' });
	const box = this.getBoundingClientRect();
	const there = this.ownerDocument.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
	if (!there) return 'it is out of sight';
	const mine = there === this || this.contains(there) || there.contains(this) || [...(this.labels ?? [])].some((l) => l.contains(there));
	return mine ? '' : 'it is covered by ' + there.outerHTML.slice(0, 80);
}`

// click waits for something that can be used, and clicks on it.
func (b *tab) click(role, name string) element {
	b.t.Helper()

	b.comeBack()

	var e element

	b.until(fmt.Sprintf("the %s %q can be clicked", role, name), func() (err error) {
		if e, err = b.usable(role, name); err != nil {
			return err
		}

		object, err := b.object(e)
		if err != nil {
			return err
		}

		if hidden, err := askOf[string](b, object, reachable); err != nil || hidden != "" {
			return errors.Join(err, errors.New(hidden))
		}

		place, err := chromedp.Call(b.ctx, dom.GetContentQuads, dom.GetContentQuadsParams{ObjectID: object})
		if err != nil || len(place.Quads) == 0 {
			return errors.Join(err, errors.New("it has no place"))
		}

		q := place.Quads[0]

		return chromedp.Do(b.ctx, chromedp.MouseClickXY((q[0]+q[4])/2, (q[1]+q[5])/2))
	})

	return e
}

// press clicks a button.
func (b *tab) press(name string) {
	b.t.Helper()
	b.click(roleButton, name)
	b.v.clicks++
}

// follow clicks a link.
func (b *tab) follow(name string) {
	b.t.Helper()
	b.click(roleLink, name)
	b.v.clicks++
}

// unfold opens what a page keeps folded.
func (b *tab) unfold(name string) {
	b.t.Helper()
	b.click(roleSummary, name)
	b.v.clicks++
}

// fill clicks into a field and replaces what stands in it, as if pasted.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	b.click(roleField, label)
	b.do(chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.paste(text)
	b.v.fields++
}

// paste puts text where the cursor is.
func (b *tab) paste(text string) {
	b.t.Helper()

	_, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text})
	b.check("paste", err)
}

// choose takes an entry of a drop-down, by typing its beginning as the
// keyboard's users do.
func (b *tab) choose(label, entry string) {
	b.t.Helper()
	b.comeBack()
	b.field(label)

	var typed time.Time

	b.until(fmt.Sprintf("%q stands in %q", entry, label), func() error {
		e, err := b.usable(roleDropDown, label)
		if err != nil {
			return err
		}

		if e.value == entry {
			return nil
		}

		// What is typed at once after something else is taken for its end.
		if time.Since(typed) < forgotten {
			return fmt.Errorf("it holds %q", e.value)
		}

		object, err := b.object(e)
		if err != nil {
			return err
		}

		if _, err := askOf[any](b, object, `function () { this.focus(); }`); err != nil {
			return err
		}

		b.do(chromedp.KeyEvent(entry))

		typed = time.Now()

		return fmt.Errorf("it holds %q", e.value)
	})

	b.v.fields++
}

// tabTo moves on with the Tab key until something of that name has the
// keyboard.
func (b *tab) tabTo(name string) {
	b.t.Helper()

	var passed []string

	for range 40 {
		if at := b.focused(); at.name == name && !at.disabled {
			return
		} else if at.name != "" {
			passed = append(passed, at.name)
		}

		b.do(chromedp.KeyEvent(kb.Tab))
	}

	b.t.Fatalf("the Tab key does not lead to %q; it passed %q", name, passed)
}
