package tiktok

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sellerchat/server/bridge"
)

// videoTypes are the media types of the formats that the platform names.
var videoTypes = map[string]string{
	"mp4":  "video/mp4",
	"mov":  "video/quicktime",
	"webm": "video/webm",
}

// videoParts stands for a video and keeps where it is. Its link expires.
func videoParts(c content) []bridge.Part {
	words := c.who + " sent a video" + c.length() + "."
	p := notice("Video", words+seeIt)
	p.URL = string(c.URL)
	p.MIME = videoTypes[strings.ToLower(string(c.Format))]
	if size, err := strconv.ParseInt(string(c.Size), 10, 64); err == nil && size > 0 {
		p.Size = size
	}

	return []bridge.Part{p}
}

// length tells a plausible duration in brackets.
func (c content) length() string {
	seconds, err := strconv.ParseFloat(string(c.Duration), 64)
	if err != nil || !(seconds > 0 && seconds < 24*60*60) {
		return ""
	}
	n := int(math.Ceil(seconds))

	return fmt.Sprintf(" (%d:%02d)", n/60, n%60)
}
