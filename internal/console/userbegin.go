package console

import (
	"net/url"
	"slices"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/validation"
	"rollcall/lifecycle"
)

// start is a way in which a new account begins, of those in admin.Entries.
type start struct {
	Name, Title string
	entry       string
}

// startPassword is to be enrolled with a password that the form asks for.
const startPassword = "password"

// starts are those that the form offers, the usual one first.
var starts = []start{
	{admin.EntryInvited, "Send an invitation: the owner chooses a password", admin.EntryInvited},
	{startPassword, "Set an initial password", admin.EntryEnrolled},
	{admin.EntryEnrolled, "Active at once, without a password", admin.EntryEnrolled},
	{admin.EntryStaged, "Not yet: activate it later", admin.EntryStaged},
}

// beginning is how the account begins that a form names, and its password where
// it gives one. A *validation.Error for what the form does not offer: to guess
// could send a letter.
func beginning(sent url.Values) (begin lifecycle.Command, password string, err error) {
	chosen := sent.Get("start")
	i := slices.IndexFunc(starts, func(s start) bool { return s.Name == chosen })
	if i < 0 {
		names := make([]string, 0, len(starts))
		for _, one := range starts {
			names = append(names, one.Name)
		}
		return nil, "", validation.Errorf("start", "is one of %s", strings.Join(names, ", "))
	}
	if chosen == startPassword {
		if password = sent.Get("password"); password == "" {
			return nil, "", validation.Errorf("password", "is needed")
		}
	}
	begin, err = admin.Entry("start", starts[i].entry)
	return begin, password, err
}
