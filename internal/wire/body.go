package wire

import (
	"bytes"
	"io"
)

// Body is the body of an answer, or of a request, that has been read: it can be read again, and had as a whole without a copy.
type Body struct {
	*bytes.Reader
	all []byte
}

// NewBody makes a Body of what has been read.
func NewBody(all []byte) *Body { return &Body{bytes.NewReader(all), all} }

// Close does nothing: the body on the wire has been closed.
func (*Body) Close() error { return nil }

// Bytes is all of it, whatever has been read of it since.
func (b *Body) Bytes() []byte { return b.all }

// ReadAll returns what a body has, and copies it only if it must.
func ReadAll(body io.Reader) ([]byte, error) {
	if b, ok := body.(*Body); ok {
		return b.all, nil
	}
	return io.ReadAll(body)
}
