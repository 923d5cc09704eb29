package scim

import (
	"strings"

	"rollcall/scim/schema"
)

// tombstoneDigits is how many hexadecimal digits Entra ID puts before the name of
// a user that it has deleted for now.
const tombstoneDigits = 32

// keepName takes back a name that is a tombstone: what suspends the user by the
// way must not take the login name that it will need again.
func (d *difference) keepName() {
	t := d.t
	if t.Active == nil || t.Naming == nil || d.next.active == nil && activeAt(&d.record.Facts, d.now) || d.next.active != nil && *d.next.active {
		return
	}
	was := d.before.Text(t.Naming)
	if !isTombstone(d.next.object.Text(t.Naming), was) || !d.caller.Leniency.Use(schema.TombstoneNames) {
		return
	}
	d.next.object = d.next.object.Clone()
	d.next.object.Set(t.Naming, was)
}

func isTombstone(name, was string) bool {
	if len(name) != tombstoneDigits+len(was) || !strings.EqualFold(name[tombstoneDigits:], was) {
		return false
	}
	return strings.Trim(name[:tombstoneDigits], "0123456789abcdefABCDEF") == ""
}
