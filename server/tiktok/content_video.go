package tiktok

import (
	"fmt"
	"math"
	"strconv"
)

// videoTypes are the media types of the formats that the platform names.
var videoTypes = map[string]string{
	"mp4":  "video/mp4",
	"mov":  "video/quicktime",
	"webm": "video/webm",
}

// tellVideo stands for a video that cannot be carried.
func tellVideo(c content) string {
	return labelled("Video", c.who+" sent a video"+c.length()+"."+seeIt)
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
