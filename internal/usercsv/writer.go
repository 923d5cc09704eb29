package usercsv

import (
	"bufio"
	"io"
	"strings"

	"rollcall/internal/cell"
)

// Writer writes users as rows of RFC 4180 below a header.
type Writer struct {
	out     *bufio.Writer
	columns []Column
}

// NewWriter writes the header. marked begins the text with a byte order mark, by
// which spreadsheets know that it is UTF-8. Its errors, and those of Write, may
// come late: Flush returns the first one.
func NewWriter(out io.Writer, columns []Column, marked bool) *Writer {
	w := &Writer{bufio.NewWriter(out), columns}
	if marked {
		_, _ = w.out.WriteString(mark)
	}
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = columns[i].Name
	}
	w.row(names)
	return w
}

// Write writes a user, as decoded from its JSON.
func (w *Writer) Write(user map[string]any) {
	cells := make([]string, len(w.columns))
	for i := range w.columns {
		cells[i] = w.columns[i].Cell(user)
	}
	w.row(cells)
}

// Err is the first error of writing, as far as it is known before Flush.
func (w *Writer) Err() error {
	_, err := w.out.Write(nil)
	return err
}

// Flush writes what is kept back.
func (w *Writer) Flush() error { return w.out.Flush() }

// row writes cells as they are: encoding/csv would change line ends in them.
func (w *Writer) row(texts []string) {
	for i, text := range texts {
		if i > 0 {
			_ = w.out.WriteByte(',')
		}
		text = cell.Harmless(text)
		if !quotes(text) {
			_, _ = w.out.WriteString(text)
			continue
		}
		_ = w.out.WriteByte('"')
		_, _ = w.out.WriteString(strings.ReplaceAll(text, `"`, `""`))
		_ = w.out.WriteByte('"')
	}
	_, _ = w.out.WriteString("\r\n")
}

// quotes reports whether a cell needs them; one with an end of a line or a
// separator of others, so that any reader takes it for one cell.
func quotes(text string) bool {
	return strings.ContainsAny(text, ",;\t\"\r\n") || strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ")
}
