package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// answerWithin bounds how long an answer may take.
const answerWithin = 30 * time.Second

var errAnswer = errors.New("answer cannot be read")

// connection sends one request after the other to one address.
type connection struct {
	conn net.Conn
	r    *bufio.Reader
}

func connect(ctx context.Context, address string) (*connection, error) {
	var d net.Dialer

	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}

	return &connection{conn, bufio.NewReaderSize(conn, 4096)}, nil
}

// send writes a request and returns the status of its answer.
func (c *connection) send(request []byte) (int, error) {
	if err := c.conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return 0, fmt.Errorf("set deadline: %w", err)
	}

	if _, err := c.conn.Write(request); err != nil {
		return 0, fmt.Errorf("send: %w", err)
	}

	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, fmt.Errorf("read status: %w", err)
	}

	// "HTTP/1.1 200 OK"
	if len(line) < 12 {
		return 0, errAnswer
	}

	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, errAnswer
	}

	return status, c.skip()
}

var lengthHeader = []byte("content-length:")

// skip reads the rest of an answer, whose length must be given.
func (c *connection) skip() error {
	length := 0

	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("read header: %w", err)
		}

		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}

		if n := len(lengthHeader); len(line) > n && bytes.EqualFold(line[:n], lengthHeader) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[n:]))); err != nil {
				return errAnswer
			}
		}
	}

	if _, err := c.r.Discard(length); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}

	return nil
}

func (c *connection) close() { _ = c.conn.Close() } // nothing is under way
