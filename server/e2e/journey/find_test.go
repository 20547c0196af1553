package journey

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The roles by which things are found, as a screen reader names them.
const (
	roleButton   = "button"
	roleLink     = "link"
	roleField    = "textbox"
	roleSearch   = "searchbox"
	roleDropDown = "combobox"
	roleRadio    = "radio"
	roleSummary  = "DisclosureTriangle"
)

// element is something on a page as assistive technology tells of it.
type element struct {
	id          cdp.BackendNodeID
	name        string
	description string
	value       string
	disabled    bool
	invalid     bool
}

// all finds everything of a role and name that is there for people.
func (b *tab) all(role, name string) ([]element, error) {
	document, err := b.document()
	if err != nil {
		return nil, err
	}

	found, err := chromedp.Call(b.ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
		ObjectID: document, AccessibleName: name, Role: role,
	})
	if err != nil {
		return nil, err
	}

	var list []element

	for _, n := range found.Nodes {
		if !n.Ignored {
			list = append(list, elementOf(n))
		}
	}

	return list, nil
}

func elementOf(n *accessibility.Node) element {
	e := element{id: n.BackendDOMNodeID, name: textOf(n.Name), description: textOf(n.Description), value: textOf(n.Value)}

	for _, p := range n.Properties {
		switch p.Name {
		case accessibility.PropertyNameDisabled:
			e.disabled = textOf(p.Value) == "true"
		case accessibility.PropertyNameInvalid:
			e.invalid = textOf(p.Value) == "true"
		}
	}

	return e
}

// textOf is a computed value in words.
func textOf(v *accessibility.Value) string {
	if v == nil || len(v.Value) == 0 {
		return ""
	}

	var text any
	if json.Unmarshal(v.Value, &text) != nil {
		return ""
	}

	return fmt.Sprint(text)
}

// the finds the one thing of a role and name. Links of one name lead to one
// place, so any of them will do.
func (b *tab) the(role, name string) (element, error) {
	list, err := b.all(role, name)

	switch {
	case err != nil:
		return element{}, err
	case len(list) == 0:
		return element{}, fmt.Errorf("there is no %s %q", role, name)
	case len(list) > 1 && role != roleLink:
		return element{}, fmt.Errorf("there are %d of %s %q", len(list), role, name)
	default:
		return list[0], nil
	}
}

// usable is the once it can be used.
func (b *tab) usable(role, name string) (element, error) {
	e, err := b.the(role, name)
	if err == nil && e.disabled {
		err = fmt.Errorf("the %s %q is disabled", role, name)
	}

	return e, err
}

// object is the element for JavaScript.
func (b *tab) object(e element) (runtime.RemoteObjectID, error) {
	resolved, err := chromedp.Call(b.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: e.id})
	if err != nil {
		return "", err
	}

	return resolved.Object.ObjectID, nil
}

// field waits for a field or drop-down by its label.
func (b *tab) field(label string) element {
	b.t.Helper()

	var e element

	b.until(fmt.Sprintf("there is a field %q", label), func() (err error) {
		for _, role := range []string{roleField, roleDropDown, roleSearch} {
			if e, err = b.the(role, label); err == nil {
				return nil
			}
		}

		return err
	})

	return e
}

// value is what stands in a field.
func (b *tab) value(label string) string {
	b.t.Helper()

	return b.field(label).value
}

// words is all that can be read on the page.
func (b *tab) words() string {
	text, err := ask[string](b, `function () { return this.body.innerText; }`)
	if err != nil {
		return "nothing: " + err.Error()
	}

	return strings.Join(strings.Fields(text), " ")
}

// sees waits until all the sentences can be read on the page.
func (b *tab) sees(sentences ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the page says %q", sentences), func() error {
		text := b.words()

		for _, s := range sentences {
			if !strings.Contains(text, s) {
				return fmt.Errorf("it does not say %q", s)
			}
		}

		return nil
	})
}

// hears waits until a live region holds the words, for they are read aloud.
func (b *tab) hears(sentence string) {
	b.t.Helper()
	b.until(fmt.Sprintf("a live region says %q", sentence), func() error {
		said, err := ask[bool](b, `function (words) {
			return [...this.querySelectorAll('[role=status], [role=alert], [aria-live]')].some((e) => e.innerText.includes(words));
		}`, sentence)
		if err == nil && !said {
			err = errors.New("none does")
		}

		return err
	})
}

// refused waits until a field is marked as wrong with these words beside it,
// and has the cursor.
func (b *tab) refused(label, words string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the field %q is refused", label), func() error {
		e := b.field(label)

		switch {
		case !e.invalid:
			return errors.New("it is not marked as wrong")
		case !strings.Contains(e.description, words):
			return fmt.Errorf("it says %q, want %q", e.description, words)
		case b.focused().name != label:
			return fmt.Errorf("the cursor is at %q", b.focused().name)
		default:
			return nil
		}
	})
}

// focused is what has the keyboard.
func (b *tab) focused() element {
	b.t.Helper()

	document, err := b.document()
	if err != nil {
		return element{}
	}

	yes := false
	active, err := chromedp.Call(b.ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		ObjectID: document, FunctionDeclaration: `function () { return this.activeElement; }`, ReturnByValue: &yes,
	})
	if err != nil || active.Result == nil || active.Result.ObjectID == "" {
		return element{}
	}

	tree, err := chromedp.Call(b.ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{
		ObjectID: active.Result.ObjectID, FetchRelatives: &yes,
	})
	if err != nil || len(tree.Nodes) == 0 {
		return element{}
	}

	return elementOf(tree.Nodes[0])
}
