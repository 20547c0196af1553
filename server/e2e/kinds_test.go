package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image"
	"image/color/palette"
	"image/gif"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/freshchat"
	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/tiktoksim"
	"sellerchat/server/tiktok"
)

// sent is a message of one kind, and what is to become of it.
type sent struct {
	// row names the line of the table of abilities that it is of; empty for what
	// only the table of promises speaks of.
	row  string
	what string
	send func(c *chat) error
	// arrives are patterns of what the other side gets, in order; told is one of
	// what agents are told, empty when they are told nothing.
	arrives []string
	told    string
}

// inward are messages of every type that TikTok has. Where a type may hold
// anything, so do they.
func inward(files string) []sent {
	buyer := func(m tiktoksim.Message) func(*chat) error {
		return func(c *chat) error {
			_, err := c.tn.w.tiktok.BuyerWrites(c.tn.shop.ID, c.buyer.ImUserID, m)

			return err
		}
	}
	of := func(kind string) func(*chat) error {
		return buyer(tiktoksim.Message{Type: kind, Content: "1729000000000000042"})
	}
	at := func(kind, name string) func(*chat) error {
		return buyer(tiktoksim.Message{Type: kind, Raw: `{"url":"` + files + name + `"}`})
	}
	role := func(role string, m tiktoksim.Message) func(*chat) error {
		return func(c *chat) error {
			_, err := c.tn.w.tiktok.RoleWrites(c.id, role, m)

			return err
		}
	}
	linked := ` \[our copy of \S+, \d+ bytes\]`

	return []sent{
		{tiktoksim.TypeText, "a text", buyer(tiktoksim.Message{Content: "Is it <vegan>?"}), []string{`^Is it <vegan>\?$`}, ""},
		{tiktoksim.TypeText, "emoji", buyer(tiktoksim.Message{Content: "👋🏽 ❤️"}), []string{"^👋🏽 ❤️$"}, ""},
		{tiktoksim.TypeImage, "a picture", buyer(tiktoksim.Message{Type: tiktoksim.TypeImage, Media: photo}), []string{`^\[image cat\.png, \d+ bytes\]$`}, ""},
		{tiktoksim.TypeImage, "a picture of more than 5 MB", at(tiktoksim.TypeImage, "large.png"), []string{`^\[file large\.png, \d+ bytes\]$`}, ""},
		{tiktoksim.TypeImage, "a GIF", buyer(tiktoksim.Message{Type: tiktoksim.TypeImage, Media: cartoon}), []string{"^The buyer sent a GIF .*" + linked}, ""},
		{tiktoksim.TypeVideo, "a video", buyer(tiktoksim.Message{Type: tiktoksim.TypeVideo, Media: clip}), []string{`^\[video clip\.mp4, \d+ bytes\]$`}, ""},
		{tiktoksim.TypeVideo, "a file in the place of a video", at(tiktoksim.TypeVideo, "offer.pdf"), []string{`^\[file offer\.pdf, \d+ bytes\]$`}, ""},
		{tiktoksim.TypeVideo, "sound in the place of a video", at(tiktoksim.TypeVideo, "voice.mp3"), []string{"^The buyer sent a sound .*" + linked}, ""},
		{tiktoksim.TypeImage, "a picture that TikTok does not hand out", at(tiktoksim.TypeImage, "gone.png"), []string{"does not hand out at the moment"}, ""},
		{tiktoksim.TypeEmoticons, "a sticker", buyer(tiktoksim.Message{Type: tiktoksim.TypeEmoticons, Media: photo}), []string{"sent a sticker.*" + linked}, ""},
		{tiktoksim.TypeProductCard, "a product card", of(tiktoksim.TypeProductCard), []string{"1729000000000000042"}, ""},
		{tiktoksim.TypeOrderCard, "an order card", of(tiktoksim.TypeOrderCard), []string{"1729000000000000042"}, ""},
		{tiktoksim.TypeLogisticsCard, "a logistics card", of(tiktoksim.TypeLogisticsCard), []string{"1729000000000000042"}, ""},
		{tiktoksim.TypeReturnRefundCard, "a return card", of(tiktoksim.TypeReturnRefundCard), []string{"1729000000000000042"}, ""},
		{tiktoksim.TypeCouponCard, "a coupon card", of(tiktoksim.TypeCouponCard), []string{"1729000000000000042"}, ""},
		{tiktoksim.TypeEnterProduct, "came from a product", of(tiktoksim.TypeEnterProduct), []string{"1729000000000000042"}, ""},
		{tiktoksim.TypeEnterOrder, "came from an order", of(tiktoksim.TypeEnterOrder), []string{"1729000000000000042"}, ""},
		{tiktoksim.TypeEnterTransfer, "a transfer, by the system", role(tiktoksim.RoleSystem, tiktoksim.Message{Type: tiktoksim.TypeEnterTransfer}), nil, ""},
		{tiktoksim.TypeEnterTransfer, "a transfer, in the buyer's name", of(tiktoksim.TypeEnterTransfer), []string{"Transfer"}, ""},
		{tiktoksim.TypeAllocated, "an agent joins, by the system", role(tiktoksim.RoleSystem, tiktoksim.Message{Type: tiktoksim.TypeAllocated}), nil, ""},
		{tiktoksim.TypeNotification, "a notification, by the system", role(tiktoksim.RoleSystem, tiktoksim.Message{Type: tiktoksim.TypeNotification}), nil, ""},
		{tiktoksim.TypeOther, "what TikTok's API cannot express", of(tiktoksim.TypeOther), []string{"can only be seen on TikTok"}, ""},
		{"anything else", "an unknown type with a file", at("FILE", "offer.pdf"), []string{"can only be seen on TikTok.*" + linked}, ""},
		{"anything else", "an unknown type with nothing known in it", buyer(tiktoksim.Message{Type: "HOLOGRAM", Raw: `{"x":1}`}), []string{"can only be seen on TikTok"}, ""},
		{"", "the seller's text in Seller Center", role(tiktoksim.RoleAgent, tiktoksim.Message{Content: "I am here too"}), nil, "Written in TikTok Seller Center: I am here too"},
		{"", "the seller's picture in Seller Center", role(tiktoksim.RoleAgent, tiktoksim.Message{Type: tiktoksim.TypeImage, Media: photo}), nil, "Written in TikTok Seller Center: picture .*" + linked},
		{"", "a robot's answer on TikTok", role(tiktoksim.RoleRobot, tiktoksim.Message{Content: "beep"}), nil, ""},
	}
}

// outward are messages with every kind of part that Freshchat has.
func outward(files string) []sent {
	parts := func(list ...freshchatsim.Part) func(*chat) error {
		return func(c *chat) error {
			_, err := c.tn.w.freshchat.AgentReplies(c.thread().ID, "", list...)

			return err
		}
	}
	kept := func(kind, name, mime string, data []byte) func(*chat) error {
		return func(c *chat) error {
			p, err := c.tn.w.freshchat.Store(c.tn.account.AppID, kind, name, mime, data)
			if err != nil {
				return err
			}

			return parts(p)(c)
		}
	}
	other := func(kind string) func(*chat) error { return parts(freshchatsim.Other(kind, `{"label":"x"}`)) }
	notSent := "was not sent to the buyer"
	linked := `\[our copy of offer\.pdf, \d+ bytes\]$`

	rows := []sent{
		{"text", "a text with formatting", parts(freshchatsim.Typed("Yes & <no>\nBye")), []string{"^Yes & <no>\nBye$"}, ""},
		{"text", "emoji, one by its name", parts(freshchatsim.Text("<p>🌱 :smile:</p>")), []string{"^🌱 😄$"}, ""},
		{"image", "a picture", kept("image", "cat.png", "image/png", photo), []string{`^\[IMAGE cat\.png, \d+ bytes\]$`}, ""},
		{"image", "a GIF", kept("image", "cat.gif", "image/gif", cartoon), nil, notSent + ".*GIFs cannot be sent"},
		{"image", "a picture of more than 10 MB", parts(freshchatsim.Image(files + "huge.png")), nil, notSent + ".*at most 10 MB"},
		{"image", "a picture that Freshchat does not hand out", parts(freshchatsim.Image(files + "gone.png")), nil, notSent + ".*did not hand out"},
		{"image", "words and a picture", parts(freshchatsim.Text("Look:"), freshchatsim.Image(files+"cat.png")), []string{"^Look:$", `^\[IMAGE cat\.png, \d+ bytes\]$`}, ""},
		{"video", "a video", kept("video", "clip.mp4", "video/mp4", clip), []string{`^\[VIDEO clip\.mp4, \d+ bytes\]$`}, ""},
		{"video", "a video of more than 100 MB", parts(freshchatsim.Video(files+"endless.mp4", "video/mp4")), nil, notSent + ".*100 MB"},
		{"file", "a document", kept("file", "offer.pdf", "application/pdf", pdf), []string{`^offer\.pdf \(\d+ bytes\)\n` + linked}, ""},
		{"file", "a picture as a file", kept("file", "cat.png", "image/png", photo), []string{`^\[IMAGE cat\.png, \d+ bytes\]$`}, ""},
		{"file", "a video as a file", kept("file", "clip.mp4", "video/mp4", clip), []string{`^\[VIDEO clip\.mp4, \d+ bytes\]$`}, ""},
		{"file", "sound as a file", kept("file", "voice.mp3", "audio/mpeg", voice), nil, notSent + ".*sounds cannot be sent"},
		{"audio", "a voice message", kept("audio", "voice.mp3", "audio/mpeg", voice), nil, notSent},
		{"url_button", "a button", parts(freshchatsim.Text("See"), freshchatsim.Button("Shop", "https://shop.example/")), nil, notSent},
		{"collection", "quick replies", parts(freshchatsim.Text("Which?"), freshchatsim.QuickReplies("Red", "Blue")), nil, notSent},
		{"template_content", "a carousel", parts(freshchatsim.Carousel("Red", "Blue")), nil, notSent},
		{"reference", "an article", parts(freshchatsim.Article("How to return")), nil, notSent},
		{"anything else", "a kind that nobody knows", other("hologram"), nil, notSent},
		{"", "a private note", func(c *chat) error {
			_, err := c.tn.w.freshchat.AgentNotes(c.thread().ID, "", freshchatsim.Text("she is upset"))

			return err
		}, nil, ""},
		{"", "a bot's message", func(c *chat) error {
			_, err := c.tn.w.freshchat.BotWrites(c.thread().ID, freshchatsim.Text("I am a bot"))

			return err
		}, nil, ""},
	}

	for _, kind := range []string{"quick_reply_button", "callback", "email", "text_input", "attachment_input", "help_text"} {
		rows = append(rows, sent{kind, "a part of kind " + kind, other(kind), nil, notSent})
	}

	return rows
}

// TestEveryKindInEveryDirection sends a message of every kind in a conversation
// of its own, then a text, and prints what the ledgers say of what came before
// the text. Files are opened as who reads the chat would, and must be the same
// byte for byte.
func TestEveryKindInEveryDirection(t *testing.T) {
	t.Parallel()

	files := playFiles(t)
	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	k := &kindTable{t: t, tn: tn}

	for _, d := range []struct {
		to      bridge.Direction
		rows    []sent
		ability []bridge.Ability
	}{
		{bridge.In, inward(files), (*tiktok.Client)(nil).Abilities()},
		{bridge.Out, outward(files), (*freshchat.Client)(nil).Abilities()},
	} {
		for _, a := range d.ability {
			if !slices.ContainsFunc(d.rows, func(s sent) bool { return s.row == a.Type }) {
				t.Errorf("nothing is sent for the row %s, %s", a.Type, d.to)
			}

			for i := range d.rows {
				if d.rows[i].row == a.Type && a.Treatment == bridge.Refused {
					d.rows[i].told += ".*" + regexp.QuoteMeta(a.Otherwise)
				}
			}
		}

		k.send(d.to, d.rows)
	}

	k.judgeAll()
	k.print()
}

// kindTable plays rows, and keeps what came of them.
type kindTable struct {
	t     *testing.T
	tn    *tenant
	plays []played
	lines []string
}

// played is a row that was sent.
type played struct {
	sent

	to bridge.Direction
	c  *chat
}

// after is what is sent behind each row: once it is there, so is everything.
const after = "That is all."

// send sends all rows of one direction, each in a chat of its own.
func (k *kindTable) send(to bridge.Direction, rows []sent) {
	for i, row := range rows {
		c := k.tn.opened(fmt.Sprintf("Buyer %s %02d", to, i))
		if err := row.send(c); err != nil {
			k.t.Fatalf("%s: %v", row.what, err)
		}

		if to == bridge.In {
			c.buyerWrites(after)
		} else {
			c.agentReplies(after)
		}

		k.plays = append(k.plays, played{row, to, c})
	}
}

// judgeAll waits for what comes of all rows, in both directions at once: what
// cannot be fetched is tried for the better part of a minute.
func (k *kindTable) judgeAll() {
	for _, p := range k.plays {
		k.tn.w.within(2*time.Minute, "what follows "+p.what, func() bool {
			seen := p.c.shown
			if p.to == bridge.Out {
				seen = p.c.received
			}

			return slices.Contains(seen(), after) && (p.told == "" || len(p.c.notes()) > 0)
		})
	}

	for _, p := range k.plays {
		got := k.shown
		if p.to == bridge.Out {
			got = k.received
		}

		k.judge(p.to, p.sent, got(p.c), strings.Join(p.c.notes(), "\n"))
	}
}

// judge compares, and adds a line to the table.
func (k *kindTable) judge(to bridge.Direction, row sent, got []string, notes string) {
	k.t.Helper()

	good := len(got) == len(row.arrives) && (notes == "") == (row.told == "") && matches(row.told, k.opened(notes))
	for i := range min(len(got), len(row.arrives)) {
		good = good && matches(row.arrives[i], got[i])
	}

	if !good {
		k.t.Errorf("%s: the other side got %q, want %q; agents are told %q, want %q", row.what, got, row.arrives, notes, row.told)
	}

	came := "nothing"
	if len(got) > 0 {
		came = strings.Join(got, " + ")
	}

	if notes != "" {
		came += "; agents are told: " + k.opened(notes)
	}

	k.lines = append(k.lines, strings.Join([]string{to.String(), cmp.Or(row.row, "–"), row.what, strings.Join(strings.Fields(came), " ")}, "\t"))
}

func matches(pattern, text string) bool {
	return regexp.MustCompile("(?s)" + pattern).MatchString(text)
}

// shown is what of a chat the agent saw between the first text and the last.
func (k *kindTable) shown(c *chat) []string {
	var got []string

	thread := c.thread()

	for _, m := range thread.Chat() {
		if m.ActorType != freshchatsim.ActorUser {
			continue
		}

		text := k.opened(m.Text())

		files, err := k.tn.w.freshchat.OpenAttachments(k.t.Context(), thread.ID, m.ID)
		if err != nil {
			k.t.Error(err)
		}

		for _, f := range files {
			text = strings.TrimSpace(text + " [" + f.Kind + " " + k.file(f.URL) + "]")
		}

		got = append(got, text)
	}

	return got[1 : len(got)-1]
}

// received is what the buyer got before the last text.
func (k *kindTable) received(c *chat) []string {
	k.t.Helper()

	messages, err := k.tn.w.tiktok.Messages(c.id)
	if err != nil {
		k.t.Fatal(err)
	}

	at := make(map[string]string, len(messages))

	for _, m := range messages {
		var content struct {
			URL string `json:"url"`
		}
		if err := json.Unmarshal([]byte(m.Content), &content); err != nil {
			k.t.Error(err)
		}

		at[m.ID] = content.URL
	}

	var got []string

	for _, e := range k.tn.w.tiktok.Ledger().Snapshot() {
		if e.Kind != tiktoksim.KindAPIMessage || e.Conversation != c.id {
			continue
		}

		text := k.opened(e.Text)
		if kind, _, ok := strings.Cut(e.Parts, "#"); ok {
			text += "[" + kind + " " + k.file(at[e.MessageID]) + "]"
		}

		got = append(got, text)
	}

	return got[:len(got)-1]
}

// opened puts what is behind the addresses of our copies in their place.
func (k *kindTable) opened(text string) string {
	ours := regexp.MustCompile(regexp.QuoteMeta(k.tn.w.origin) + `/media/[\w-]+`)

	return ours.ReplaceAllStringFunc(text, func(url string) string { return "[our copy of " + k.file(url) + "]" })
}

// file names what is at an address: the file that was sent, when every byte is
// the same.
func (k *kindTable) file(url string) string {
	res, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()

	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Sprintf("status %d, %v", res.StatusCode, err)
	}

	for name, content := range sentFiles {
		if bytes.Equal(body, content) {
			return fmt.Sprintf("%s, %d bytes", name, len(body))
		}
	}

	return fmt.Sprintf("of %d bytes that nobody sent", len(body))
}

func (k *kindTable) print() {
	var b strings.Builder

	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, line := range append([]string{"way\trow\tsent\tarrived"}, k.lines...) {
		fmt.Fprintln(w, line)
	}

	if err := w.Flush(); err != nil {
		k.t.Error(err)
	}

	k.t.Logf("\n%s", b.String())
}

// The files that are sent.
var (
	photo   = encodedImage(func(w io.Writer, m image.Image) error { return png.Encode(w, m) })
	cartoon = encodedImage(func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) })
	clip    = append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), strings.Repeat("frame", 4000)...)
	pdf     = []byte("%PDF-1.7\nan offer")
	voice   = append([]byte("ID3\x03\x00\x00\x00\x00\x00\x10TIT2\x00\x00\x00\x05\x00\x00\x00tune"), make([]byte, 20)...)
)

var sentFiles = map[string][]byte{
	"cat.png": photo, "cat.gif": cartoon, "clip.mp4": clip, "offer.pdf": pdf, "voice.mp3": voice,
	// Whatever follows the end of a picture does not count.
	"large.png": append(bytes.Clone(photo), make([]byte, 6<<20)...),
	"huge.png":  append(bytes.Clone(photo), make([]byte, 11<<20)...),
}

func encodedImage(encode func(io.Writer, image.Image) error) []byte {
	m := image.NewPaletted(image.Rect(0, 0, 32, 24), palette.Plan9)
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7)
	}

	var b bytes.Buffer
	if err := encode(&b, m); err != nil {
		panic(err)
	}

	return b.Bytes()
}

// playFiles is the host of files that somebody points to, and returns what
// their addresses begin with.
func playFiles(t *testing.T) string {
	t.Helper()

	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		content, ok := sentFiles[name]

		switch {
		case name == "endless.mp4":
			w.Header().Set("Content-Length", strconv.Itoa(200<<20))
			w.WriteHeader(http.StatusOK)
		case ok:
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(s.Close)

	return s.URL + "/"
}
