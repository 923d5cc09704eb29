package rest

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"rollcall/scim"
	"rollcall/scim/fault"
)

// paging holds the parameters of a page as they were sent, nil where they were
// not: what one of them means depends on the others.
type paging struct{ startIndex, count, cursor, membersCount, membersCursor *string }

// settle reads them into a search. A cursor selects paging by cursor, and is
// told apart from paging by index, which is the default, by its presence alone
// (RFC 9865 section 2.4).
func (p paging) settle(search *scim.Search) error {
	search.Cursor = p.cursor
	wrongCount := fault.InvalidValue
	if p.cursor != nil {
		wrongCount = fault.InvalidCount
		if p.startIndex != nil {
			return fault.New(fault.InvalidValue, "startIndex and cursor exclude each other")
		}
	}
	if p.startIndex != nil {
		start, err := integer("startIndex", *p.startIndex, fault.InvalidValue)
		if err != nil {
			return err
		}
		search.StartIndex = start
	}
	if p.count != nil {
		count, err := integer("count", *p.count, wrongCount)
		if err != nil {
			return err
		}
		search.Count = &count
	}
	return p.settleMembers(&search.View.Members)
}

// settleMembers reads the page of members (docs/groups.md).
func (p paging) settleMembers(page *scim.MembersPage) (err error) {
	if p.membersCount != nil {
		count, err := integer("membersCount", *p.membersCount, fault.InvalidValue)
		if err != nil {
			return err
		}
		page.Count = &count
	}
	if p.membersCursor != nil {
		page.After, err = scim.ParseMembersCursor(*p.membersCursor)
	}
	return err
}

// integer reads a number; one beyond the range is the end of the range, where
// there is nothing. The keyword is that of the refusal.
func integer(name, text string, keyword fault.Type) (int, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	switch {
	case err == nil:
		return int(n), nil
	case errors.Is(err, strconv.ErrRange) && strings.HasPrefix(strings.TrimSpace(text), "-"):
		return math.MinInt32, nil
	case errors.Is(err, strconv.ErrRange):
		return math.MaxInt32, nil
	}
	return 0, fault.New(keyword, "%s must be an integer", name)
}
