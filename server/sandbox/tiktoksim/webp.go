package tiktoksim

import (
	"encoding/binary"
	"errors"
)

// errWebP is returned for a WebP file whose header is not understood.
var errWebP = errors.New("measure image: not a WebP header")

// measureWebP reads width and height from the first chunk of a WebP file,
// which the standard library cannot decode.
func measureWebP(b []byte) (width, height int, err error) {
	if len(b) < 30 || string(b[8:12]) != "WEBP" {
		return 0, 0, errWebP
	}

	switch chunk := b[20:]; string(b[12:16]) {
	case "VP8X": // extended: two 24-bit numbers, less one
		return 1 + uint24(chunk[4:]), 1 + uint24(chunk[7:]), nil
	case "VP8L": // lossless: two 14-bit numbers, less one
		bits := binary.LittleEndian.Uint32(chunk[1:])
		return 1 + int(bits&0x3fff), 1 + int(bits>>14&0x3fff), nil
	case "VP8 ": // lossy: two 14-bit numbers after the start code
		return int(binary.LittleEndian.Uint16(chunk[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(chunk[8:]) & 0x3fff), nil
	}

	return 0, 0, errWebP
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
