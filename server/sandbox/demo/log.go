package demo

import (
	"encoding/json"
	"time"
)

// logMessage marks the lines of the backend's log that tell of a delivery.
const logMessage = "delivery attempt"

// ParseLog reads a line of the backend's log, which is one JSON object. It
// returns false for lines that do not tell of a delivery.
func ParseLog(line []byte) (Event, bool) {
	var in struct {
		Time         time.Time     `json:"time"`
		Message      string        `json:"msg"`
		Direction    string        `json:"direction"`
		Conversation string        `json:"conversation"`
		ID           string        `json:"message"`
		State        string        `json:"state"`
		Attempt      int           `json:"attempt"`
		Took         time.Duration `json:"took"` // nanoseconds
		Reason       string        `json:"reason"`
		Next         time.Time     `json:"next"`
	}
	if json.Unmarshal(line, &in) != nil || in.Message != logMessage || in.ID == "" {
		return Event{}, false
	}
	if in.Direction != In && in.Direction != Out {
		return Event{}, false
	}

	return Event{
		Time: in.Time, Kind: Attempted, Direction: in.Direction, Conversation: in.Conversation, Message: in.ID,
		State: in.State, Attempt: in.Attempt, Took: in.Took, Next: in.Next, Text: in.Reason,
	}, true
}
