package demo

import (
	"embed"
	"fmt"
	"regexp"

	"sellerchat/server/sandbox/freshchatsim"
)

//go:embed samples
var samples embed.FS

// sample is a file that one press sends.
type sample struct{ label, kind, file, mime string }

// samplesByName are what people of the demo can send, by the names that the
// buttons have.
var samplesByName = map[string]sample{
	"photo": {"Send photo", "image", "lip-oil.png", "image/png"},
	"video": {"Send video", "video", "lip-oil.webm", "video/webm"},
	"file":  {"Send file", "file", "ingredients.pdf", "application/pdf"},
}

// agentFiles are the agent's buttons in their order.
var agentFiles = []string{"photo", "video", "file"}

func (s sample) content() ([]byte, error) {
	data, err := samples.ReadFile("samples/" + s.file)
	if err != nil {
		return nil, fmt.Errorf("read sample: %w", err)
	}

	return data, nil
}

// attach stores a sample as the agent's editor does, and returns the part of
// the message that shows it.
func (d *Demo) attach(name string) (freshchatsim.Part, error) {
	s, ok := samplesByName[name]
	if !ok {
		return freshchatsim.Part{}, errNothingWritten
	}

	data, err := s.content()
	if err != nil {
		return freshchatsim.Part{}, err
	}

	part, err := d.Freshchat.Store(d.Account, s.kind, s.file, s.mime, data)
	if err != nil {
		return freshchatsim.Part{}, fmt.Errorf("store attachment: %w", err)
	}

	return part, nil
}

// address finds links in what people write.
var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// piece is a part of a text: words, or an address to follow.
type piece struct {
	text string
	link bool
}

// pieces takes a text apart, so that its addresses can be followed.
func pieces(text string) []piece {
	var list []piece

	end := 0
	for _, at := range address.FindAllStringIndex(text, -1) {
		list = append(list, piece{text[end:at[0]], false}, piece{text[at[0]:at[1]], true})
		end = at[1]
	}

	return append(list, piece{text[end:], false})
}
