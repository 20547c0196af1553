package blob

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

func TestWhatWasPutIsReadBack(t *testing.T) {
	f, err := OpenFolder(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}

	b, err := f.Put(t.Context(), bytes.NewReader([]byte("hello")), 5)
	if err != nil || b.Size != 5 || b.MIME != "text/plain" {
		t.Fatalf("put answered %+v, %v", b, err)
	}

	r, err := f.Open(t.Context(), b.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()

	if got, err := io.ReadAll(r); err != nil || string(got) != "hello" {
		t.Errorf("read %q, %v", got, err)
	}

	var refused *bridge.Failure
	if _, err := f.Put(t.Context(), bytes.NewReader([]byte("hello")), 4); !errors.As(err, &refused) || refused.Class != bridge.Unsupported {
		t.Errorf("more than the limit answered %v", err)
	}
}
