package usercsv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Export is which users leave the server, and what of them.
type Export struct {
	// Search is a query over users; its count, its cursor and its view are not
	// looked at. Without an order users come in that in which they were made, and
	// none that stays is passed over.
	Search scim.Search
	// Columns are those of the file.
	Columns []Column
	// Marked begins it with a byte order mark.
	Marked bool
	// Audit is where it is noted that users were taken away, before they are.
	Audit store.AuditKeeper
	// Progress is told how many users are written; nil for nobody.
	Progress func(written int)
}

// exportPage is how many users are read at a time.
const exportPage = 200

// Write writes the users that the caller asks for, page by page, and tells how
// many: it takes the memory of one page. An error ends the text after a whole
// row. In an order that changes, such as by name, somebody who is changed
// meanwhile may be missing or come twice.
func (e *Export) Write(ctx context.Context, p *scim.Provider, c *scim.Caller, out io.Writer) (written int, err error) {
	t, ok := p.Types().Type(scim.UserType)
	if !ok {
		return 0, errors.New("there is no resource type User")
	}
	search, count, cursor := e.Search, exportPage, ""
	search.Count, search.Cursor, search.Still = &count, &cursor, true
	search.HasFilter, search.View = search.Filter != "", e.view()
	if search.SortBy == "" {
		search.SortBy = "meta.created"
	}
	var w *Writer
	for {
		page, err := p.Query(ctx, c, []*schema.ResourceType{t}, search)
		if err != nil {
			return written, e.flushed(w, err)
		}
		users, err := scim.Decoded(ctx, page)
		if err != nil {
			return written, e.flushed(w, err)
		}
		if w == nil {
			// Only now: a search that is refused leaves nothing behind.
			if err := e.note(ctx, p, c); err != nil {
				return written, err
			}
			w = NewWriter(out, e.Columns, e.Marked)
		}
		for _, user := range users {
			w.Write(user)
		}
		written += len(users)
		if e.Progress != nil {
			e.Progress(written)
		}
		if cursor = page.Next(); cursor == "" || w.Err() != nil {
			return written, w.Flush()
		}
	}
}

// note writes who took which columns away.
func (e *Export) note(ctx context.Context, p *scim.Provider, c *scim.Caller) error {
	names := make([]string, len(e.Columns))
	for i := range e.Columns {
		names[i] = e.Columns[i].Name
	}
	changes, err := json.Marshal(map[string]any{"columns": []any{nil, names}})
	if err != nil {
		return fmt.Errorf("render columns: %w", err)
	}
	err = e.Audit.Note(ctx, store.Key{Tenant: c.Tenant, Type: store.TenantSubject}, store.Audit{
		At: p.Now(), ActorKind: c.Kind, ActorID: c.ID, RequestID: c.RequestID, Action: "user.export", Changes: changes,
	})
	if err != nil {
		return fmt.Errorf("note an export: %w", err)
	}
	return nil
}

func (e *Export) flushed(w *Writer, err error) error {
	if w == nil {
		return err
	}
	return errors.Join(err, w.Flush())
}

// view asks for the attributes of the columns alone.
func (e *Export) view() scim.View {
	names := []string{"userName"}
	for i := range e.Columns {
		names = append(names, e.Columns[i].path[0])
	}
	return scim.View{Attributes: names}
}
