package usercsv

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"rollcall/internal/cell"
)

// Reader reads a file row by row.
type Reader struct {
	scan   scanner
	header []string
}

// Record is a row of a file.
type Record struct {
	// Line is where the row begins, from 1.
	Line int64
	// Cells are as many as the header has, without the apostrophes that keep
	// them from being formulas.
	Cells []string
	// Problem is what is wrong with the form of the row; empty for nothing.
	Problem string
}

// Header are the names of the columns, as the file has them.
func (r *Reader) Header() []string { return r.header }

// Open reads the header of a file, and finds out what separates its cells. What
// cannot be read as UTF-8 text with a header is a *FileError, and so is what is
// found to be wrong with the file later.
func Open(in io.Reader) (*Reader, error) {
	r := &Reader{scan: scanner{in: bufio.NewReaderSize(in, MaxCell), line: 1}}
	start, err := r.scan.in.Peek(MaxCell)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := recognise(start); err != nil {
		return nil, err
	}
	if rest, marked := bytes.CutPrefix(start, []byte(mark)); marked {
		_, _ = r.scan.in.Discard(len(mark))
		start = rest
	}
	var known bool
	if r.scan.comma, known = r.scan.named(start); !known {
		r.scan.comma = separator(start)
	}
	header, _, err := r.scan.record()
	if errors.Is(err, io.EOF) {
		return nil, &FileError{Problem: "the file is empty"}
	}
	if err != nil {
		return nil, err
	}
	if r.scan.long > 0 {
		return nil, &FileError{1, "a name of a column is too long"}
	}
	for i, name := range header {
		header[i] = strings.TrimSpace(cell.Text(name))
	}
	r.header = header
	return r, nil
}

// mark is what some programs begin a UTF-8 text with.
const mark = "\ufeff"

// recognise refuses what is another kind of file.
func recognise(start []byte) error {
	for prefix, kind := range map[string]string{
		"\xff\xfe": "is UTF-16", "\xfe\xff": "is UTF-16", "PK\x03\x04": "is a workbook or an archive", "\xd0\xcf\x11\xe0": "is a workbook", "%PDF": "is a PDF",
		"\x1f\x8b": "is compressed",
	} {
		if bytes.HasPrefix(start, []byte(prefix)) {
			return &FileError{Problem: "the file " + kind + ", and no CSV in UTF-8; save it as CSV UTF-8"}
		}
	}
	return nil
}

// named reads over a first line that says what separates the cells and nothing else,
// "sep=;", as Excel writes it for itself.
func (s *scanner) named(start []byte) (comma byte, known bool) {
	end := bytes.IndexAny(start, "\r\n")
	if end < 0 {
		end = len(start)
	}
	line := start[:end]
	if len(line) > 2 && line[0] == '"' && line[len(line)-1] == '"' {
		line = line[1 : len(line)-1]
	}
	if len(line) != len("sep=;") || !bytes.EqualFold(line[:4], []byte("sep=")) || !bytes.ContainsAny(line[4:], ",;|\t") {
		return 0, false
	}
	comma = line[4]
	if bytes.HasPrefix(start[end:], []byte("\r\n")) {
		end++
	}
	_, _ = s.in.Discard(min(end+1, len(start)))
	s.line++
	return comma, true
}

// separator is the one that stands most often in the first line.
func separator(start []byte) byte {
	counts, quoted := map[byte]int{}, false
	for _, b := range start {
		if b == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if b == '\n' || b == '\r' {
			break
		}
		counts[b]++
	}
	best := byte(',')
	for _, one := range []byte{';', '\t'} {
		if counts[one] > counts[best] {
			best = one
		}
	}
	return best
}

// Next returns the next row; io.EOF at the end.
func (r *Reader) Next() (Record, error) {
	cells, line, err := r.scan.record()
	if err != nil {
		return Record{}, err
	}
	record := Record{Line: line, Cells: cells}
	switch {
	case r.scan.long > 0:
		record.Problem = fmt.Sprintf("cell %d is too large, or the row is: a cell takes %d bytes at most, and a row %d", r.scan.long, MaxCell, MaxRow)
	case len(cells) != len(r.header):
		record.Problem = fmt.Sprintf("the row has %d cells, and the header has %d", len(cells), len(r.header))
	}
	for i, text := range cells {
		cells[i] = cell.Text(text)
	}
	for len(cells) < len(r.header) {
		cells = append(cells, "")
	}
	record.Cells = cells[:len(r.header)]
	return record, nil
}

// clip shortens a text that is shown.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// maxShown bounds a cell that is shown to people, in bytes.
const maxShown = 80

// Shown are the cells for people, shortened.
func (r *Record) Shown() []string {
	shown := make([]string, len(r.Cells))
	for i, text := range r.Cells {
		shown[i] = clip(text, maxShown)
	}
	return shown
}
