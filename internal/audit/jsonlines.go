package audit

import (
	"bufio"
	"errors"
	"io"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"rollcall/store"
)

// line is a row as a JSON object. The names are those of the CSV columns.
type line struct {
	Time        string         `json:"time"`
	Action      string         `json:"action"`
	ActorKind   string         `json:"actorKind"`
	ActorID     string         `json:"actorId"`
	SubjectType string         `json:"subjectType"`
	SubjectID   string         `json:"subjectId"`
	Version     int64          `json:"version"`
	RequestID   string         `json:"requestId"`
	Reason      string         `json:"reason"`
	Changes     jsontext.Value `json:"changes"`
	Added       []string       `json:"added"`
	Removed     []string       `json:"removed"`
	Position    string         `json:"position"`
}

// timeForm is RFC 3339 with microseconds, always as long, so that lines sort.
const timeForm = "2006-01-02T15:04:05.000000Z"

func lineOf(row store.AuditRow) line {
	return line{
		Time: row.At.UTC().Format(timeForm), Action: row.Action, ActorKind: row.ActorKind, ActorID: row.ActorID,
		SubjectType: row.Subject.Type, SubjectID: row.Subject.ID.String(), Version: row.Version,
		RequestID: row.RequestID, Reason: row.Reason, Changes: row.Changes,
		Added: texts(row.Added), Removed: texts(row.Removed), Position: row.Position.String(),
	}
}

func texts(ids []uuid.UUID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}

// WriteJSONLines writes a JSON object and a line feed for each row, and tells
// how many it wrote. An error of the sequence ends the text after a whole line.
func WriteJSONLines(w io.Writer, rows iter.Seq2[store.AuditRow, error]) (int, error) {
	buffered := bufio.NewWriter(w)
	written := 0
	for row, err := range rows {
		if err == nil {
			err = writeLine(buffered, row)
		}
		if err != nil {
			return written, errors.Join(err, buffered.Flush())
		}
		written++
	}
	return written, buffered.Flush()
}

func writeLine(w *bufio.Writer, row store.AuditRow) error {
	text, err := json.Marshal(lineOf(row), jsontext.Multiline(false), json.Deterministic(true))
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.WriteByte('\n')
}
