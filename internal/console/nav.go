package console

// navItem is an entry of the navigation, which every page has.
type navItem struct {
	Title, Path string
	// needs is the permission without which it is not shown, by the name that
	// pages have for it; empty for none.
	needs string
}

// navItems are the entries in their order.
var navItems = []navItem{
	{"Overview", "", ""},
	{"Users", "/users", ""},
	{"Groups", "/groups", ""},
	{"Deleted", "/deleted", ""},
	{"Jobs", "/batches", ""},
	{"Connections", "/connections", "view settings"},
	{"Webhooks", "/receivers", "view settings"},
	{"Policies", "/policies", "view settings"},
	{"Audit", "/audit", "view audit"},
	{"Operators", "/operators", "view settings"},
	{"Sessions", "/sessions", ""},
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
