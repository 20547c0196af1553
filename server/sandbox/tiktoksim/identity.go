package tiktoksim

import (
	"strconv"
)

// firstID lies above 2^53, as every id of the platform does, so that a client
// that reads ids as floating point numbers is found out.
const firstID = 7_494_560_000_000_000_000

const tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// newID returns the next id; ids rise, with gaps. The caller holds the lock.
func (s *Sim) newID() string {
	s.lastID += 1 + s.dice.Uint64N(97)

	return strconv.FormatUint(s.lastID, 10)
}

// newToken returns an opaque string with the given prefix. The caller holds
// the lock.
func (s *Sim) newToken(prefix string, length int) string {
	b := make([]byte, length)
	for i := range b {
		b[i] = tokenAlphabet[s.dice.IntN(len(tokenAlphabet))]
	}

	return prefix + string(b)
}

// newRequestID has the form of the platform's: a time and digits.
func (s *Sim) newRequestID() string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.clock.Now().UTC().Format("20060102150405") + strconv.FormatUint(100_000_000_000_000_000+s.dice.Uint64N(900_000_000_000_000_000), 10)
}

// ending is the last n bytes of an id, or all of a shorter one.
func ending(id string, n int) string { return id[max(0, len(id)-n):] }
