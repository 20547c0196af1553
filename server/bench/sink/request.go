package sink

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// largest is the largest request that is taken, in bytes.
const largest = 64 << 10

var errRequest = errors.New("request cannot be read")

// request is one call; what it holds is valid until the next one.
type request struct {
	method, path, body []byte
}

// reader reads the requests of one connection, one after the other.
type reader struct {
	r    *bufio.Reader
	head []byte
	body []byte
}

func newReader(r io.Reader) *reader {
	return &reader{r: bufio.NewReaderSize(r, largest), head: make([]byte, 0, 256)}
}

var lengthHeader = []byte("content-length:")

func (r *reader) next() (request, error) {
	line, err := r.r.ReadSlice('\n')
	if err != nil {
		return request{}, fmt.Errorf("read request: %w", err)
	}

	r.head = append(r.head[:0], line...)

	method, rest, _ := bytes.Cut(r.head, []byte{' '})
	path, _, ok := bytes.Cut(rest, []byte{' '})

	if !ok {
		return request{}, errRequest
	}

	length, err := r.length()
	if err != nil {
		return request{}, err
	}

	if cap(r.body) < length {
		r.body = make([]byte, length, 2*length)
	}

	if _, err := io.ReadFull(r.r, r.body[:length]); err != nil {
		return request{}, fmt.Errorf("read body: %w", err)
	}

	return request{method, path, r.body[:length]}, nil
}

// length reads the headers and returns what they say of the body.
func (r *reader) length() (int, error) {
	length := 0

	for {
		line, err := r.r.ReadSlice('\n')
		if err != nil {
			return 0, fmt.Errorf("read header: %w", err)
		}

		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, nil
		}

		if n := len(lengthHeader); len(line) > n && bytes.EqualFold(line[:n], lengthHeader) {
			length, err = strconv.Atoi(string(bytes.TrimSpace(line[n:])))
			if err != nil || length < 0 || length > largest {
				return 0, errRequest
			}
		}
	}
}
