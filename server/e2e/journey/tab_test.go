package journey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

const (
	// patience is how long a page may take for what should take a blink.
	patience = 20 * time.Second
	// glance is how often a page is looked at meanwhile.
	glance = 25 * time.Millisecond
	// journey is how long all of one may take.
	journey = 3 * time.Minute
)

// visitor is one person with a fresh browser: no cookies, nothing cached.
type visitor struct {
	t        *testing.T
	ctx      context.Context
	pictures int
	// hurried tells that the visitor goes a way that another journey looks at.
	hurried bool
	// fields and clicks count what the visitor had to do.
	fields, clicks int
	known          []target.ID
	front          context.Context // of the tab that the visitor looks at
	complaints     complaints
}

// tab is one of a visitor's tabs, or the page that is framed in it.
type tab struct {
	v   *visitor
	t   *testing.T
	ctx context.Context
	// depth counts the frames within which the page is.
	depth int
	// plain tells that the page's scripts are switched off.
	plain bool
}

func newVisitor(t *testing.T) (*visitor, *tab) {
	t.Helper()

	v := &visitor{t: t}
	if err := chromedp.Do(theBrowser); err != nil {
		t.Fatalf("start the browser: %v", err)
	}

	whole, stop := context.WithTimeout(theBrowser, journey)
	t.Cleanup(stop)

	ctx, end := chromedp.NewContext(whole, chromedp.WithNewBrowserContext(), chromedp.WithListener(v.complaints.hear))
	t.Cleanup(end)

	v.ctx, v.front = ctx, ctx
	first := &tab{v: v, t: t, ctx: ctx}
	first.settle()
	v.known = v.tabs()

	return v, first
}

// settle gives a tab the size of a laptop's window, and nothing that moves.
func (b *tab) settle() {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(wide, height))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	b.check("still the page", err)
}

// tabs lists the tabs of every visitor.
func (v *visitor) tabs() []target.ID {
	v.t.Helper()

	infos, err := chromedp.Targets(v.ctx)
	if err != nil {
		v.t.Fatalf("list tabs: %v", err)
	}

	var ids []target.ID

	for _, info := range infos {
		if info.Type == "page" {
			ids = append(ids, info.TargetID)
		}
	}

	return ids
}

// opens does something that opens a tab, and gives that tab.
func (b *tab) opens(act func()) *tab {
	b.t.Helper()

	b.v.known = b.v.tabs()

	act()

	var fresh target.ID

	b.until("a tab opens", func() error {
		for _, id := range b.v.tabs() {
			if !slices.Contains(b.v.known, id) {
				fresh = id

				return nil
			}
		}

		return errors.New("there is no new one")
	})

	ctx, end := chromedp.NewContext(b.v.ctx, chromedp.WithTargetID(fresh), chromedp.WithListener(b.v.complaints.hear))
	b.t.Cleanup(end)

	opened := &tab{v: b.v, t: b.t, ctx: ctx}
	b.v.front = ctx
	opened.settle()

	return opened
}

// frame is the page that is framed in the tab.
func (b *tab) frame() *tab {
	inner := *b
	inner.depth++

	return &inner
}

// comeBack brings the tab to the front, where alone it takes what the mouse and
// the keyboard do.
func (b *tab) comeBack() {
	b.t.Helper()

	if b.v.front == b.ctx {
		return
	}

	_, err := chromedp.Call(b.ctx, page.BringToFront, cdp.Empty{})
	b.check("bring the tab to the front", err)

	b.v.front = b.ctx
}

func (b *tab) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	b.check("drive the browser", chromedp.Do(b.ctx, steps...))
}

func (b *tab) check(what string, err error) {
	b.t.Helper()

	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// until waits for something that is about to happen; try says what is still
// missing.
func (b *tab) until(what string, try func() error) {
	b.t.Helper()

	deadline, tick := time.NewTimer(patience), time.NewTicker(glance)
	defer deadline.Stop()
	defer tick.Stop()

	for {
		err := try()
		if err == nil {
			return
		}

		select {
		case <-tick.C:
		case <-deadline.C:
			b.picture("failed", wide)
			b.t.Fatalf("waited %s in vain until %s: %v\nthe page says:\n%s", patience, what, err, b.words())
		}
	}
}

// document is the page's, by which everything on it is found.
func (b *tab) document() (runtime.RemoteObjectID, error) {
	top, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	if err != nil {
		return "", err
	}

	page := top.Result.ObjectID
	for range b.depth {
		if page, err = b.within(page); err != nil {
			return "", err
		}
	}

	return page, nil
}

// within is the page that the first frame of a page shows.
func (b *tab) within(page runtime.RemoteObjectID) (runtime.RemoteObjectID, error) {
	found, err := chromedp.Call(b.ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		ObjectID: page, FunctionDeclaration: `function () { return this.querySelector("iframe:not([hidden] *)"); }`,
	})
	if err != nil {
		return "", err
	}

	if found.Result.ObjectID == "" {
		return "", errors.New("there is no frame")
	}

	frame, err := chromedp.Call(b.ctx, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: found.Result.ObjectID})
	if err != nil {
		return "", err
	}

	if frame.Node.ContentDocument == nil {
		return "", errors.New("the frame has no page yet")
	}

	inner, err := chromedp.Call(b.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: frame.Node.ContentDocument.BackendNodeID})
	if err != nil {
		return "", err
	}

	return inner.Object.ObjectID, nil
}

// ask runs a function of JavaScript on the page's document, which is its
// `this`, and waits for its promise if it gives one.
func ask[T any](b *tab, function string, arguments ...any) (T, error) {
	var answer T

	document, err := b.document()
	if err != nil {
		return answer, err
	}

	return askOf[T](b, document, function, arguments...)
}

// askOf is ask about one element.
func askOf[T any](b *tab, of runtime.RemoteObjectID, function string, arguments ...any) (T, error) {
	var answer T

	yes := true
	call := runtime.CallFunctionOnParams{ObjectID: of, FunctionDeclaration: function, ReturnByValue: &yes, AwaitPromise: &yes}

	for _, a := range arguments {
		value, err := json.Marshal(a)
		if err != nil {
			return answer, err
		}

		call.Arguments = append(call.Arguments, &runtime.CallArgument{Value: jsonv2.Value(value)})
	}

	result, err := chromedp.Call(b.ctx, runtime.CallFunctionOn, call)
	if err != nil {
		return answer, err
	}

	if result.ExceptionDetails != nil {
		return answer, fmt.Errorf("the page threw: %s %s", result.ExceptionDetails.Text, result.ExceptionDetails.Exception.Description)
	}

	if len(result.Result.Value) == 0 {
		return answer, nil
	}

	return answer, json.Unmarshal(result.Result.Value, &answer)
}
