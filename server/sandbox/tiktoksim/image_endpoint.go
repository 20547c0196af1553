package tiktoksim

import (
	"cmp"
	"errors"
	"io"
	"net/http"

	"sellerchat/server/sandbox/simkit"
)

// imageLimit is the largest image of Upload Buyer Messages Image, in bytes.
const imageLimit = 10 << 20

// uploadImage takes one part named "data" with a file name.
func (s *Sim) uploadImage(c *call) (any, *refusal) {
	data, declared, no := readImage(c.r)
	if no != nil {
		return nil, no
	}
	kind, width, height, err := measure(data)
	switch {
	case err != nil:
		return nil, errFileFormat
	case declared != kind && declared != anyType:
		return nil, errContentType
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	m := s.keep(&medium{kind: kind, data: data, width: width, height: height, shop: c.shop})
	s.ledger.Add(simkit.Entry{Kind: KindImage, Account: c.shop.ID, Author: c.app.Market, Parts: describe(TypeImage, m)})

	return map[string]any{"url": m.url, "width": m.width, "height": m.height}, nil
}

// anyType is the type of a part whose sender names none.
const anyType = "application/octet-stream"

// readImage reads the part named "data" under the limit, and the type that it
// says to be.
func readImage(r *http.Request) (data []byte, declared string, no *refusal) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, "", errContentType
	}
	for {
		p, err := parts.NextPart()
		if err != nil {
			return nil, "", readFailure(err)
		}
		if p.FormName() != "data" {
			continue
		}
		if p.FileName() == "" {
			return nil, "", errParameter("Invalid 'data': it has no file name.")
		}

		data, err := io.ReadAll(io.LimitReader(p, imageLimit+1))
		switch {
		case len(data) > imageLimit:
			return nil, "", errTooLarge
		case err != nil:
			return nil, "", readFailure(err)
		}
		return data, cmp.Or(p.Header.Get("Content-Type"), anyType), nil
	}
}

// readFailure says why a form could not be read to the part that was sought.
func readFailure(err error) *refusal {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return errTooLarge
	}

	return errParameter("Missing 'data'.")
}
