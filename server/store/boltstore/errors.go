package boltstore

import "errors"

// ErrInUse is what Open returns while another process has the file open.
var ErrInUse = errors.New("another process uses the store")
