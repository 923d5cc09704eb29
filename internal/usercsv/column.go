package usercsv

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"rollcall/scim/schema"
)

// kind is how the value of an attribute stands in a cell.
type kind int

const (
	// text is a text as it is.
	text kind = iota
	// flag is true or false.
	flag
	// instant is a time.
	instant
	// values are several texts.
	values
	// elements are several values with a type, one of them the primary one.
	elements
	// first is the value of the primary one of several elements, else of the
	// first.
	first
	// reference is a value that stands for something else.
	reference
	// names are the names of groups, which are no part of the user.
	names
	// document is JSON.
	document
)

// Column is a column of the CSV form, and the attribute that it stands for.
type Column struct {
	// Name heads the column, Title says to people what it is.
	Name, Title string
	// Imported says that an import takes it; others are written only.
	Imported bool

	// path leads to the attribute: the name, below that of a complex attribute or
	// of an extension where it is in one.
	path []string
	kind kind
	// also are other names that people have for it, as folded does them.
	also []string
}

// groupsName heads the column of the groups that a user is in.
const groupsName = "groups"

func written(c Column) Column {
	c.Imported = false
	return c
}

func column(name, title string, kind kind, path string, also ...string) Column {
	return Column{Name: name, Title: title, Imported: true, path: strings.Split(path, "/"), kind: kind, also: also}
}

// columns are all there are, in the order of an export.
var columns = []Column{
	column("id", "Id", text, "id", "userid", "rollcallid", "objectid"),
	column("externalId", "External id", text, "externalId", "externalidentifier", "immutableid"),
	column("userName", "Username", text, "userName", "login", "loginname", "userprincipalname", "upn", "user", "account", "accountname", "samaccountname"),
	column("givenName", "First name", text, "name/givenName", "firstname", "forename", "namegivenname", "vorname"),
	column("middleName", "Middle name", text, "name/middleName", "namemiddlename"),
	column("familyName", "Last name", text, "name/familyName", "lastname", "surname", "namefamilyname", "nachname"),
	column("honorificPrefix", "Prefix of the name", text, "name/honorificPrefix", "namehonorificprefix", "salutation"),
	column("honorificSuffix", "Suffix of the name", text, "name/honorificSuffix", "namehonorificsuffix"),
	column("formattedName", "Whole name", text, "name/formatted", "nameformatted", "wholename"),
	column("displayName", "Display name", text, "displayName", "fullname", "name"),
	column("nickName", "Nickname", text, "nickName"),
	column("email", "Email", first, "emails", "emailaddress", "mail", "workemail", "primaryemail", "systememail"),
	column("emails", "All email addresses", elements, "emails", "emailaddresses"),
	column("phone", "Phone", first, "phoneNumbers", "phonenumber", "telephone", "telephonenumber", "mobile", "mobilephone"),
	column("phoneNumbers", "All phone numbers", elements, "phoneNumbers", "phones"),
	column("title", "Title", text, "title", "jobtitle", "position"),
	column("userType", "Kind of user", text, "userType", "employeetype"),
	column("department", "Department", text, schema.EnterpriseURN+"/department"),
	column("organization", "Organization", text, schema.EnterpriseURN+"/organization", "company", "organisation", "companyname"),
	column("division", "Division", text, schema.EnterpriseURN+"/division"),
	column("costCenter", "Cost center", text, schema.EnterpriseURN+"/costCenter", "costcentre"),
	column("employeeNumber", "Employee number", text, schema.EnterpriseURN+"/employeeNumber", "employeeid", "personnelnumber"),
	column("manager", "Manager", reference, schema.EnterpriseURN+"/manager", "managerid"),
	column("roles", "Roles", elements, "roles", "role"),
	column("entitlements", "Entitlements", elements, "entitlements"),
	column(groupsName, "Groups", names, "groups", "group", "groupmemberships", "memberof"),
	column("tags", "Tags", values, schema.LifecycleURN+"/tags", "tag", "labels"),
	column("active", "Active", flag, "active", "enabled", "accountenabled"),
	written(column("status", "Status", text, schema.LifecycleURN+"/status")),
	written(column("statusReason", "Reason of the status", text, schema.LifecycleURN+"/statusReason")),
	written(column("statusChanged", "Status since", text, schema.LifecycleURN+"/statusChanged")),
	written(column("lastLogin", "Last login", text, schema.LifecycleURN+"/lastLogin", "lastsignin")),
	written(column("stale", "Unused for long", flag, schema.LifecycleURN+"/stale")),
	written(column("noSharedData", "No shared data", flag, schema.LifecycleURN+"/noSharedData")),
	written(column("source", "Source", text, schema.LifecycleURN+"/source")),
	written(column("sourceClient", "Source by name", text, schema.LifecycleURN+"/sourceClient")),
	column("validFrom", "Valid from", instant, schema.LifecycleURN+"/validFrom", "startdate"),
	column("validUntil", "Valid until", instant, schema.LifecycleURN+"/validUntil", "enddate", "expires", "expirationdate", "expiry"),
	column("apiOnly", "API only", flag, schema.LifecycleURN+"/apiOnly"),
	column("purpose", "Purpose", text, schema.LifecycleURN+"/purpose"),
	column("linkedContact", "Linked contact", reference, schema.LifecycleURN+"/linkedContact", "contact"),
	column("preferredLanguage", "Language", text, "preferredLanguage", "language"),
	column("locale", "Locale", text, "locale"),
	column("timezone", "Time zone", text, "timezone"),
	column("profileUrl", "Profile URL", text, "profileUrl"),
	column("addresses", "Addresses", document, "addresses"),
	column("ims", "Messengers", elements, "ims"),
	column("photos", "Photos", elements, "photos"),
	column("x509Certificates", "Certificates", document, "x509Certificates"),
	written(column("created", "Created", text, "meta/created")),
	written(column("modified", "Modified", text, "meta/lastModified", "lastmodified")),
}

// Columns are all columns, in the order of an export.
func Columns() []Column { return slices.Clone(columns) }

// Everything are the columns that say all that is known of a user, each thing
// once: an export by them, read again, makes the same users.
func Everything() []Column {
	return slices.DeleteFunc(Columns(), func(c Column) bool { return c.kind == first })
}

// Named are the columns of some names, in their order. It tells the first name
// that is none.
func Named(list []string) (found []Column, unknown string) {
	for _, name := range list {
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			return nil, name
		}
		found = append(found, columns[i])
	}
	return found, ""
}

// folded is a name of a column without what people write in several ways.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// Guess are the columns that the names in a header stand for, by the place of
// each; empty for none. No column is guessed twice.
func Guess(header []string) []string {
	guessed := make([]string, len(header))
	taken := map[string]bool{}
	for _, exact := range []bool{true, false} {
		for i, name := range header {
			key := folded(name)
			if guessed[i] != "" || key == "" {
				continue
			}
			for c := range columns {
				of := &columns[c]
				if of.Imported && !taken[of.Name] && (key == folded(of.Name) || !exact && (key == folded(of.Title) || slices.Contains(of.also, key))) {
					guessed[i], taken[of.Name] = of.Name, true
					break
				}
			}
		}
	}
	return guessed
}

// Mapping says for each column of a file which column of the CSV form it is.
type Mapping struct {
	columns []*Column
}

// NewMapping reads the names of columns, by the place of each in the file; empty
// for what is not imported. The error says what is wrong with it.
func NewMapping(list []string) (*Mapping, error) {
	m := &Mapping{columns: make([]*Column, len(list))}
	at := map[string]int{}
	for i, name := range list {
		if name == "" {
			continue
		}
		found, unknown := Named([]string{name})
		switch {
		case unknown != "" || !found[0].Imported:
			return nil, fmt.Errorf("column %d: nothing is imported as %q", i+1, clip(name, 50))
		case at[name] > 0:
			return nil, fmt.Errorf("columns %d and %d are both imported as %s", at[name], i+1, name)
		}
		at[name], m.columns[i] = i+1, &found[0]
	}
	for one, other := range map[string]string{"email": "emails", "phone": "phoneNumbers"} {
		if at[one] > 0 && at[other] > 0 {
			return nil, fmt.Errorf("columns %d and %d say the same twice: take either %s or %s", at[one], at[other], one, other)
		}
	}
	return m, nil
}

// Has reports whether some column of the file is imported as one of that name.
func (m *Mapping) Has(name string) bool {
	return slices.ContainsFunc(m.columns, func(c *Column) bool { return c != nil && c.Name == name })
}

// Of is what a record says as the column of that name; empty where no column of
// the file is that.
func (m *Mapping) Of(record *Record, name string) string {
	for i, c := range m.columns {
		if c != nil && c.Name == name && i < len(record.Cells) {
			return record.Cells[i]
		}
	}
	return ""
}
