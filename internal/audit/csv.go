package audit

import (
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"

	"rollcall/internal/cell"
	"rollcall/store"
)

// Columns are the names in the first line of the CSV form, in their order.
func Columns() []string {
	return []string{
		"time", "action", "actorKind", "actorId", "subjectType", "subjectId", "version", "requestId",
		"reason", "changes", "added", "removed", "position",
	}
}

// WriteCSV writes a line of names and one for each row (RFC 4180), and tells how
// many rows it wrote. An error of the sequence ends the text after a whole line.
func WriteCSV(w io.Writer, rows iter.Seq2[store.AuditRow, error]) (int, error) {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	finish := func(err error) error {
		out.Flush()
		return errors.Join(err, out.Error())
	}
	if err := out.Write(Columns()); err != nil {
		return 0, finish(err)
	}
	written := 0
	for row, err := range rows {
		if err == nil {
			err = out.Write(cells(row))
		}
		if err != nil {
			return written, finish(err)
		}
		written++
	}
	return written, finish(nil)
}

func cells(row store.AuditRow) []string {
	l := lineOf(row)
	list := []string{
		l.Time, l.Action, l.ActorKind, l.ActorID, l.SubjectType, l.SubjectID, strconv.FormatInt(l.Version, 10), l.RequestID,
		l.Reason, string(l.Changes), strings.Join(l.Added, " "), strings.Join(l.Removed, " "), l.Position,
	}
	for i, text := range list {
		list[i] = cell.Harmless(text)
	}
	return list
}
