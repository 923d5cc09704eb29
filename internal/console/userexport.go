package console

import (
	"net/http"

	"rollcall/internal/operator"
	"rollcall/internal/usercsv"
	"rollcall/scim"
	"rollcall/scim/fault"
)

func (f *face) exportRoutes(r *routes) {
	r.show("/users/export", operator.ViewAccounts, (*call).exportUsers)
}

// exported are the columns of a file by those of the list.
var exported = map[string][]string{
	"role": {"roles"}, "source": {"source", "sourceClient"}, "contact": {"linkedContact"}, "shared": {"noSharedData"},
}

// exportedColumns are the columns of a file for those that a list shows.
func exportedColumns(chosen chosenColumns) []usercsv.Column {
	var names []string
	for _, column := range chosen {
		if others, ok := exported[column]; ok {
			names = append(names, others...)
		} else {
			names = append(names, column)
		}
	}
	found, _ := usercsv.Named(names)
	return found
}

// exportUsers streams the users that a list shows, with its columns, or, with
// everything=on, all that is known of them. They come in the order in which they
// were made, whatever the list is sorted by: it is the one in which nobody moves
// who is changed while the file is written.
func (c *call) exportUsers() error {
	query := c.QueryParams()
	filter, err := readUserFilter(query, c.face.Provider.Now())
	if err != nil {
		return c.Redirect(http.StatusSeeOther, c.face.root+"/users?"+query.Encode()) // the list says what is wrong
	}
	export := usercsv.Export{Search: scim.Search{Filter: filter.scim()}, Marked: true, Audit: c.face.Store}
	if query.Get("everything") == "on" {
		export.Columns = usercsv.Everything()
	} else {
		export.Columns = exportedColumns(readColumns(query))
	}
	out := &download{c: c, name: "users.csv"}
	if c.Request().Method == http.MethodHead {
		out.begin()
		return nil
	}
	_, err = export.Write(c.Request().Context(), c.face.Provider, c.caller(), out)
	if err == nil {
		return nil
	}
	if out.begun {
		c.face.Logger.ErrorContext(c.Request().Context(), "an export ended early", "error", err)
		panic(http.ErrAbortHandler) // a cut connection is the one way to say that it is not all
	}
	if told, ok := fault.As(err); ok && told.Type == fault.TooMany {
		// The list says what to do about it.
		return c.Redirect(http.StatusSeeOther, c.face.root+"/users?"+query.Encode())
	}
	return err
}

// download is a file that begins with its first byte: what fails before is still
// a page.
type download struct {
	c     *call
	name  string
	begun bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	header := d.c.Response().Header()
	header.Set("Content-Type", "text/csv; charset=utf-8")
	header.Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	d.c.Response().WriteHeader(http.StatusOK)
}

// Write implements io.Writer.
func (d *download) Write(data []byte) (int, error) {
	d.begin()
	return d.c.Response().Write(data)
}

// Here is the view as parameters of an address.
func (v *usersView) Here() string {
	return "?" + v.chosen.put(v.order.put(v.Filter.values())).Encode()
}

// Whole is the view with all that is known of its users.
func (v *usersView) Whole() string {
	values := v.Filter.values()
	values.Set("everything", "on")
	return "?" + values.Encode()
}
