package profiles

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// saving keeps two goroutines from each writing back what the other has not seen yet.
var saving sync.Mutex

// Save writes a profile, with its key, into a profile file: it replaces the profile of the same name, or adds one after the others. An
// empty path means [DefaultPath], and an empty name means "default". The file and its folder are created if they do not exist.
//
// Other profiles, comments and the order of things stay as they are. A timeout that was never set is not written, and so keeps
// following [DefaultTimeout]. What [Load] took from the environment or from options is saved like the rest.
//
// Afterwards only the owner can read the file, whatever its mode was before (it gets 0600; a new folder gets 0700). The new file is
// written next to the old one and then replaces it: a crash leaves the one or the other, never a part. A symbolic link is followed. If
// two processes save at the same time, one may undo what the other did; goroutines of one process wait for each other.
//
// The error is an [*Error], or joins several. If there is one, the file is unchanged.
func Save(path string, p Profile) error {
	if p.Name == "" {
		p.Name = DefaultName
	}
	if err := p.Validate(); err != nil {
		return err
	}
	if path == "" {
		var err error
		if path, err = DefaultPath(); err != nil {
			return p.explain("", "the environment", &problem{kind: ErrMissing, text: strings.TrimPrefix(err.Error(), "kneo: ")})
		}
	}
	saving.Lock()
	defer saving.Unlock()
	return p.explain("", "file "+path, p.save(path))
}

func (p Profile) save(path string) error {
	if !utf8.ValidString(p.Name) {
		return invalid("its name is not UTF-8")
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	content, _, err := readSafely(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	edited, err := p.edit(content)
	if err != nil {
		return err
	}
	if err := replaceFile(path, edited); err != nil {
		return unwritable(err)
	}
	return nil
}

// edit returns the content of a profile file with the profile in it.
func (p Profile) edit(content []byte) ([]byte, error) {
	before, err := parse(content)
	if err != nil {
		return nil, err
	}
	text := bytes.TrimPrefix(content, []byte(byteOrderMark))
	at, found := findSection(text, p.Name)
	if there := before[p.Name]; there != nil {
		if err := there.check(); err != nil {
			return nil, err
		}
		if !found {
			return nil, invalid("the profile is not written as a table [name] of its own, but as part of something else; change it by hand")
		}
	}
	var edited []byte
	if found {
		edited = at.edit(text, p.fields())
	} else {
		edited = p.appendTo(text)
	}
	edited = slices.Concat(content[:len(content)-len(text)], edited)
	// Better no change than one that was not meant.
	after, err := parse(edited)
	before[p.Name] = p.table()
	if err != nil || !same(before, after) {
		return nil, invalid("the profile cannot be put into it without changing something else; change it by hand")
	}
	if len(edited) > maxFile {
		return nil, invalid("it would be larger than %d bytes", maxFile)
	}
	return edited, nil
}

// same compares the values of tables, as text: a NaN is not equal to itself.
func same(a, b map[string]*table) bool {
	one, err := encoded(a)
	two, err2 := encoded(b)
	return err == nil && err2 == nil && bytes.Equal(one, two)
}

func encoded(tables map[string]*table) ([]byte, error) {
	values := map[string]any{}
	for name, t := range tables {
		values[name] = t.values
	}
	return toml.Marshal(values)
}

// field is one line of a profile; nil is a value that is not to be there.
type field struct {
	name  string
	value any
}

func (p Profile) fields() []field {
	fields := []field{{"url", p.URL}, {"api_key", p.APIKey.Reveal()}, {"auth_scheme", nil}, {"timeout", nil}, {"allow_insecure_http", nil}}
	if p.AuthScheme != "" && p.AuthScheme != Bearer {
		fields[2].value = string(p.AuthScheme)
	}
	switch {
	case !p.TimeoutSet():
	case p.Timeout%time.Second == 0:
		fields[3].value = int64(p.Timeout / time.Second)
	default:
		fields[3].value = p.Timeout.Seconds()
	}
	if p.AllowInsecureHTTP {
		fields[4].value = true
	}
	return fields
}

// table is the profile as a file has it.
func (p Profile) table() *table {
	values := map[string]any{}
	for _, f := range p.fields() {
		if f.value != nil {
			values[f.name] = f.value
		}
	}
	return &table{values: values}
}

// line is the field as TOML, without the end of the line.
func (f field) line() []byte {
	line, err := toml.Marshal(map[string]any{f.name: f.value})
	if err != nil {
		panic(err) // strings, numbers and booleans can be written
	}
	return bytes.TrimRight(line, "\n")
}

// appendTo adds the profile at the end, after an empty line if there is something before it.
func (p Profile) appendTo(content []byte) []byte {
	header, _ := toml.Marshal(map[string]map[string]any{p.Name: {}})
	eol := lineEnd(content)
	out := slices.Clip(content)
	if len(out) > 0 {
		if out[len(out)-1] != '\n' {
			out = append(out, eol...)
		}
		out = append(out, eol...)
	}
	out = append(append(out, bytes.TrimSpace(header)...), eol...)
	for _, f := range p.fields() {
		if f.value != nil {
			out = append(append(out, f.line()...), eol...)
		}
	}
	return out
}

// span is a range of bytes.
type span struct{ from, to int }

// section is where a file has a table: its fields by name, and the place where another one can be added.
type section struct {
	fields map[string]span
	end    int
}

// findSection finds the table [name] in a content that is known to be TOML.
func findSection(content []byte, name string) (at section, found bool) {
	var parser unstable.Parser
	parser.Reset(content)
	inside := false
	for parser.NextExpression() {
		e := parser.Expression()
		switch e.Kind { //nolint:exhaustive // the others are comments
		case unstable.Table, unstable.ArrayTable:
			keys, of := keysOf(e)
			inside = e.Kind == unstable.Table && len(keys) == 1 && keys[0] == name
			if inside {
				at, found = section{fields: map[string]span{}, end: nextLine(content, of.to)}, true
			}
		case unstable.KeyValue:
			if keys, _ := keysOf(e); inside {
				of := span{int(e.Raw.Offset), int(e.Raw.Offset + e.Raw.Length)}
				at.fields[keys[0]] = of
				at.end = nextLine(content, of.to)
			}
		}
	}
	return at, found
}

// keysOf returns the parts of an expression's key, and where they are.
func keysOf(e *unstable.Node) (keys []string, of span) {
	for it := e.Key(); it.Next(); {
		key := it.Node()
		if keys == nil {
			of.from = int(key.Raw.Offset)
		}
		keys = append(keys, string(key.Data))
		of.to = int(key.Raw.Offset + key.Raw.Length)
	}
	return keys, of
}

// edit returns the content with the fields in the place of those that the section has.
func (at section) edit(content []byte, fields []field) []byte {
	type change struct {
		span
		text []byte
	}
	eol := lineEnd(content)
	var changes []change
	var added []byte
	for _, f := range fields {
		of, there := at.fields[f.name]
		switch {
		case there && f.value == nil:
			changes = append(changes, change{span{bytes.LastIndexByte(content[:of.from], '\n') + 1, nextLine(content, of.to)}, nil})
		case there:
			changes = append(changes, change{of, f.line()})
		case f.value != nil:
			added = append(append(added, f.line()...), eol...)
		}
	}
	if len(added) > 0 && at.end > 0 && content[at.end-1] != '\n' {
		added = append([]byte(eol), added...)
	}
	changes = append(changes, change{span{at.end, at.end}, added})
	slices.SortFunc(changes, func(a, b change) int { return a.from - b.from })
	var out []byte
	done := 0
	for _, c := range changes {
		out = append(append(out, content[done:c.from]...), c.text...)
		done = c.to
	}
	return append(out, content[done:]...)
}

// nextLine returns where the line after the one of an offset begins.
func nextLine(content []byte, offset int) int {
	if i := bytes.IndexByte(content[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(content)
}

// lineEnd is how the lines of a content end.
func lineEnd(content []byte) string {
	if bytes.Contains(content, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// replaceFile puts a file with this content in the place of the one at path, for nobody but its owner to read.
func replaceFile(path string, content []byte) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(content); err != nil {
		return err
	}
	// Without it a crash of the machine could leave the new name on an empty file.
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
