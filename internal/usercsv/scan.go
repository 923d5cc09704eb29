package usercsv

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// The limits of a file. What is beyond a limit of a row is told about the row,
// what is beyond one of the file ends the reading of it.
const (
	// MaxCell is the largest cell, in bytes, MaxRow the largest row.
	MaxCell = 64 << 10
	MaxRow  = 256 << 10
	// MaxColumns is how many columns a file may have.
	MaxColumns = 500
)

// FileError says what is wrong with a file as a whole.
type FileError struct {
	// Line is where, from 1; zero for everywhere.
	Line    int64
	Problem string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.Problem
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
}

// scanner reads records of RFC 4180 with any separator, and with all ends of
// lines. Unlike encoding/csv it keeps a CR in quotes and bounds a cell.
type scanner struct {
	in    *bufio.Reader
	comma byte
	// line is the one that comes next, from 1.
	line int64
	// cell and size are of the record that is read; long is its first cell that
	// is larger than one may be, from 1.
	cell []byte
	size int
	long int
	// cut says that the cell that is read is.
	cut bool
}

// record returns the cells of the next record that is not empty, and the line
// that it begins in. io.EOF at the end.
func (s *scanner) record() (cells []string, line int64, err error) {
	for {
		line = s.line
		cells, err = s.one()
		if err != nil {
			return nil, line, err
		}
		if len(cells) > 1 || cells[0] != "" {
			return cells, line, nil
		}
	}
}

// one returns the cells of a record; a quoted empty line is none.
func (s *scanner) one() ([]string, error) {
	if _, err := s.in.Peek(1); err != nil {
		return nil, err
	}
	var cells []string
	s.size, s.long = 0, 0
	for {
		more, err := s.next(len(cells) + 1)
		if err != nil {
			return nil, err
		}
		if cells = append(cells, string(s.cell)); !more {
			return cells, s.check(cells)
		}
		if len(cells) >= MaxColumns {
			return nil, &FileError{s.line, fmt.Sprintf("a row has more than %d cells", MaxColumns)}
		}
	}
}

// check refuses what is no text.
func (s *scanner) check(cells []string) error {
	for _, cell := range cells {
		if !utf8.ValidString(cell) {
			return &FileError{s.line - 1, "it is not UTF-8; save the file as CSV UTF-8"}
		}
		for i := range len(cell) {
			if cell[i] == 0 {
				return &FileError{s.line - 1, "it has a NUL character: the file is no text, or not UTF-8; save it as CSV UTF-8"}
			}
		}
	}
	return nil
}

// next reads the next cell, and reports whether another one follows in the
// record.
func (s *scanner) next(number int) (more bool, err error) {
	s.cell, s.cut = s.cell[:0], false
	first, err := s.in.ReadByte()
	if errors.Is(err, io.EOF) {
		s.line++
		return false, nil
	}
	if err == nil && first == '"' {
		if err = s.quoted(number); err != nil {
			return false, err
		}
		first, err = s.in.ReadByte()
		if err == nil && first != s.comma && first != '\n' && first != '\r' {
			return false, &FileError{s.line, "text follows behind a closing quote"}
		}
	}
	for err == nil {
		switch first {
		case s.comma:
			return true, nil
		case '\n', '\r':
			return false, s.end(first)
		case '"':
			return false, &FileError{s.line, "a quote stands in a cell that does not begin with one; quote the whole cell and double the quotes in it"}
		}
		s.add(first, number)
		first, err = s.in.ReadByte()
	}
	if errors.Is(err, io.EOF) {
		s.line++
		return false, nil
	}
	return false, err
}

// quoted reads a cell up to its closing quote.
func (s *scanner) quoted(number int) error {
	began := s.line
	for before := byte(0); ; {
		b, err := s.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return &FileError{began, "a quote is opened and never closed"}
		}
		if err != nil {
			return err
		}
		if b == '"' {
			if next, err := s.in.Peek(1); err != nil || next[0] != '"' {
				return nil //nolint:nilerr // what cannot be read is found by the next read
			}
			_, _ = s.in.Discard(1)
		}
		if b == '\n' && before != '\r' || b == '\r' {
			s.line++
		}
		before = b
		s.add(b, number)
	}
}

// end ends a line, of which a CR may be the first half of the end.
func (s *scanner) end(by byte) error {
	s.line++
	if by != '\r' {
		return nil
	}
	next, err := s.in.Peek(1)
	if err == nil && next[0] == '\n' {
		_, err = s.in.Discard(1)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// add adds a byte to the cell, as long as there is room for it.
func (s *scanner) add(b byte, number int) {
	if s.cut {
		return
	}
	if len(s.cell) >= MaxCell || s.size >= MaxRow {
		s.cut = true
		s.cell = s.cell[:whole(s.cell)] // what is cut is refused, but is still a text
		if s.long == 0 {
			s.long = number
		}
		return
	}
	s.size++
	s.cell = append(s.cell, b)
}

// whole is how much of a text has no character that is cut.
func whole(text []byte) int {
	for end := len(text); end > 0 && end > len(text)-utf8.UTFMax; end-- {
		if utf8.RuneStart(text[end-1]) {
			if utf8.FullRune(text[end-1:]) {
				return len(text)
			}
			return end - 1
		}
	}
	return len(text)
}
