package wire

import (
	"strconv"
	"strings"
)

// maxSteps is how many steps of a path are told.
const maxSteps = 6

// path says where in a JSON text a place is, such as "runs[3].status". It leads all the way there if a value begins at that place. Paths are
// computed only when something has gone wrong, so that the decoder need not keep account of them.
func path(in []byte, place int) string {
	var b strings.Builder
	d := &Decoder{in: in}
	for range maxSteps {
		step := d.toward(place)
		if step == "" {
			break
		}
		b.WriteString(step)
	}
	return strings.TrimPrefix(b.String(), ".")
}

// toward moves into the value that comes, to the start of the member or element that the place is in, and says which that is.
func (d *Decoder) toward(place int) string {
	switch c := d.space(); {
	case d.pos >= place:
	case c == '{':
		for d.Object(); d.Member() && d.start < place; {
			if name := string(d.name); d.reaches(place) {
				return "." + name
			}
		}
	case c == '[':
		i := 0
		for d.array(); d.element(); i++ {
			if d.reaches(place) {
				return "[" + strconv.Itoa(i) + "]"
			}
		}
	}
	return ""
}

// reaches moves past the value that comes, or to its start if the place is in it.
func (d *Decoder) reaches(place int) bool {
	d.space()
	start := d.pos
	d.skip()
	if d.err == nil && d.pos <= place {
		return false
	}
	d.pos, d.err, d.depth = start, nil, 0
	return true
}
