package console

import "strings"

// navItem is an entry of the navigation, which every page has.
type navItem struct {
	Title, Path string
	// needs is the permission without which it is not shown, by the name that
	// pages have for it; empty for none.
	needs string
	// also is where pages are that belong to it and are not below its path; empty for
	// nowhere.
	also string
}

// navItems are the entries in their order.
var navItems = []navItem{
	{"Overview", "", "", ""},
	{"Users", "/users", "", "/imports"},
	{"Groups", "/groups", "", ""},
	{"Deleted", "/deleted", "", ""},
	{"Jobs", "/batches", "", ""},
	{"Connections", "/connections", "view settings", "/timers"},
	{"Webhooks", "/receivers", "view settings", ""},
	{"Policies", "/policies", "view settings", ""},
	{"Audit", "/audit", "view audit", ""},
	{"Operators", "/operators", "view settings", ""},
	{"Sessions", "/sessions", "", ""},
}

// At is how the page that is shown stands to an entry, as aria-current has it: it is
// the page of the entry, or it belongs to it; empty for neither.
func (f *frame) At(item navItem) string {
	below := func(path string) bool { return path != "" && strings.HasPrefix(f.Path+"/", path+"/") }
	switch {
	case f.Path == item.Path:
		return "page"
	case below(item.Path), below(item.also):
		return "true"
	}
	return ""
}

// Nav are the entries for the role of who has signed in.
func (f *frame) Nav() []navItem {
	var shown []navItem
	for _, item := range navItems {
		if item.needs == "" || f.May(item.needs) {
			shown = append(shown, item)
		}
	}
	return shown
}
