package console

import (
	"net/url"
	"slices"
	"strings"

	"rollcall/store"
)

// userColumn is a column that the list of users can have beside the name that
// each begins with.
type userColumn struct {
	// Name is how addresses call it.
	Name, Title string
	// by is the order that it stands for, empty where the list cannot be sorted
	// by it.
	by string
	// usual columns are shown where none is chosen.
	usual bool
}

// userColumns are all there are, in their order.
var userColumns = []userColumn{
	{"userName", "Username", "userName", true},
	{"displayName", "Display name", "displayName", true},
	{"email", "Email", "", true},
	{"status", "Status", "status", true},
	{"role", "Role", "", true},
	{"lastLogin", "Last login", "lastLogin", true},
	{"source", "Source", "", true},
	{"contact", "Linked contact", "", false},
	{"groups", "Group memberships", "", false},
	{"shared", "Shared data", "", false},
	{"tags", "Tags", "", false},
	{"externalId", "External id", "", false},
	{"created", "Created", "created", false},
	{"modified", "Last changed", "modified", false},
	{"id", "Id", "", false},
}

// nameColumn is always shown: it is what a row is called.
const nameColumn = "userName"

// chosenColumns are the columns that a list shows, in their order.
type chosenColumns []string

// usualColumns are those of a list for which none were chosen.
func usualColumns() chosenColumns {
	var names chosenColumns
	for _, column := range userColumns {
		if column.usual {
			names = append(names, column.Name)
		}
	}
	return names
}

// readColumns reads the columns of an address, each by itself or several with
// commas between them. Those that there are not are passed over.
func readColumns(query url.Values) chosenColumns {
	if !query.Has("columns") {
		return usualColumns()
	}
	sent := strings.Split(strings.Join(query["columns"], ","), ",")
	var names chosenColumns
	for _, column := range userColumns {
		if column.Name == nameColumn || slices.Contains(sent, column.Name) {
			names = append(names, column.Name)
		}
	}
	return names
}

// put writes the columns into an address.
func (c chosenColumns) put(values url.Values) url.Values {
	if !slices.Equal(c, usualColumns()) {
		values.Set("columns", strings.Join(c, ","))
	}
	return values
}

// grouped reports whether a column says something of groups.
func (c chosenColumns) grouped() bool {
	return slices.Contains(c, "groups") || slices.Contains(c, "shared")
}

// offeredColumn is a column in the form that chooses among them.
type offeredColumn struct {
	userColumn

	Chosen bool
}

// Offered are the columns that can be chosen.
func (v *usersView) Offered() []offeredColumn {
	var offered []offeredColumn
	for _, column := range userColumns {
		if column.Name != nameColumn {
			offered = append(offered, offeredColumn{column, slices.Contains(v.chosen, column.Name)})
		}
	}
	return offered
}

// KeptByColumns is what the form that chooses columns keeps.
func (v *usersView) KeptByColumns() []parameter { return all(v.order.put(v.Filter.values())) }

// KeptByFilter is what the form of the filter keeps.
func (v *usersView) KeptByFilter() []parameter {
	values := v.chosen.put(v.order.put(v.Filter.values()))
	for _, asked := range filterForm {
		values.Del(asked)
	}
	return all(values)
}

// userHeading is a column that is shown.
type userHeading struct {
	userColumn

	// Sorted is the value of aria-sort, empty for not sorted by it; Link sorts by
	// it, the other way round where it is already. Empty where it cannot.
	Sorted, Link string
}

// head works out the headings of the columns that are shown.
func (v *usersView) head() {
	for _, column := range userColumns {
		if !slices.Contains(v.chosen, column.Name) {
			continue
		}
		heading := userHeading{userColumn: column}
		if column.by != "" {
			to := userOrder{By: column.by}
			if v.order.By == column.by {
				if heading.Sorted = "ascending"; v.order.Descending {
					heading.Sorted = "descending"
				}
				to.Descending = !v.order.Descending
			}
			heading.Link = "?" + v.chosen.put(to.put(v.Filter.values())).Encode()
		}
		v.Columns = append(v.Columns, heading)
	}
}

// Wide is how many columns the table has.
func (v *usersView) Wide() int {
	if len(v.Bulk) > 0 {
		return len(v.Columns) + 1
	}
	return len(v.Columns)
}

// userCell is what a column says of a user.
type userCell struct {
	*userRow

	Column string
}

// Cells are what the columns behind the name say of a user.
func (v *usersView) Cells(row userRow) []userCell {
	var cells []userCell
	for _, heading := range v.Columns {
		if heading.Name != nameColumn {
			cells = append(cells, userCell{&row, heading.Name})
		}
	}
	return cells
}

// FirstGroups are the groups of a user that the list names.
func (r userRow) FirstGroups() []store.Group { first, _ := inLine(r.Groups); return first }

// MoreGroups is how many groups there are beside those.
func (r userRow) MoreGroups() int { _, more := inLine(r.Groups); return more }

// FirstRoles are the roles of a user that the list names.
func (r userRow) FirstRoles() []string { first, _ := inLine(r.Roles); return first }

// MoreRoles is how many roles there are beside those.
func (r userRow) MoreRoles() int { _, more := inLine(r.Roles); return more }
