package freshchatsim

import (
	"html"
	"strings"
)

// Typed returns what the editor of Freshchat's inbox makes of words that an
// agent typed: HTML with a paragraph for each line.
func Typed(words string) Part {
	var b strings.Builder
	for line := range strings.SplitSeq(words, "\n") {
		b.WriteString("<p>" + html.EscapeString(line) + "</p>")
	}

	return Text(b.String())
}

// Audio returns a voice message.
func Audio(url, contentType string) Part {
	return Part{Kind: "audio", URL: url, ContentType: contentType}
}

// Button returns a button that opens an address.
func Button(label, url string) Part {
	return raw("url_button", map[string]any{"label": label, "url": url, "target": "_blank"})
}

// QuickReplies returns buttons to choose from.
func QuickReplies(labels ...string) Part {
	var buttons []any
	for _, l := range labels {
		buttons = append(buttons, map[string]any{"quick_reply_button": map[string]any{"label": l, "custom_reply_text": l}})
	}

	return raw("collection", map[string]any{"sub_parts": buttons})
}

// Carousel returns cards to leaf through, each with a title.
func Carousel(titles ...string) Part {
	var cards []any
	for _, t := range titles {
		cards = append(cards, map[string]any{"template_content": map[string]any{
			"type": "carousel_card_default", "sections": []any{map[string]any{"name": "title", "parts": []any{map[string]any{"text": map[string]any{"content": t}}}}},
		}})
	}

	return raw("template_content", map[string]any{"type": "carousel", "sections": []any{map[string]any{"name": "carousel", "parts": cards}}})
}

// Article returns a link into the help pages.
func Article(label string) Part {
	return raw("reference", map[string]any{"label": label, "reference_id": "50000004461"})
}

func raw(kind string, body map[string]any) Part { return Part{Kind: kind, Raw: encodeJSON(body)} }
