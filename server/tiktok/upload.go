package tiktok

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"sellerchat/server/bridge"
)

// measured returns the size of a file that may be uploaded and the name that it
// goes by. What the platform would refuse is refused here, before it travels.
func measured(op string, kind bridge.PartKind, most int64, u bridge.Upload) (size int64, name string, err error) {
	name, known := fileNames[kind][u.MIME]
	if !known {
		return 0, "", unsupported(op, wordsKind, fmt.Errorf("type %s is not taken", plain(u.MIME, nil)))
	}

	size, err = u.Body.Seek(0, io.SeekEnd)
	switch {
	case err != nil:
		return 0, "", unread(op, err)
	case size == 0:
		return 0, "", unsupported(op, wordsEmptyFile, errors.New("file is empty"))
	case size > most:
		return 0, "", unsupported(op, wordsTooLarge, fmt.Errorf("file has %d bytes", size))
	}

	return size, name, nil
}

// section streams a piece of a file. Unlike an io.SectionReader it needs no more
// than an io.ReadSeeker, and it can be cut off: an HTTP client may read on in
// the background after the answer came, when the file is no longer ours.
type section struct {
	mu   sync.Mutex
	file io.Reader // nil once it is cut off
	left int64
}

// sectionOf begins at an offset of the file and ends after length bytes.
func sectionOf(file io.ReadSeeker, offset, length int64) (*section, error) {
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, fmt.Errorf("go to the part of the file: %w", err)
	}

	return &section{file: file, left: length}, nil
}

// errCutOff ends the reading of a section that was cut off.
var errCutOff = errors.New("the upload is over")

func (s *section) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.file == nil {
		return 0, errCutOff
	}
	if s.left == 0 {
		return 0, io.EOF
	}

	n, err := s.file.Read(b[:min(int64(len(b)), s.left)])
	s.left -= int64(n)

	return n, err //nolint:wrapcheck // a reader passes on what the one below said, io.EOF above all
}

// Close cuts the section off: the file is not touched by it any more, and stays
// open.
func (s *section) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file = nil

	return nil
}

// uploaded makes a failure of an upload certain: a file that was taken twice, or
// that nobody sends, reaches nobody, so whatever became of it, no message went
// out and the upload may be repeated.
func uploaded(err error) error {
	if f := bridge.AsFailure(err); err != nil {
		f.Certain = true

		return f
	}

	return nil
}

// unread is the failure of an upload whose file could not be read.
func unread(op string, err error) *bridge.Failure {
	return &bridge.Failure{Op: op, Class: bridge.Temporary, Certain: true, Err: fmt.Errorf("read the file: %w", err)}
}
