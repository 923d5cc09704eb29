// Package patch owns the PATCH algebra of RFC 7644 section 3.5.2, pure: a
// request and an object give an object and a change of members.
package patch

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// Op is what an operation does.
type Op uint8

// The operations of RFC 7644 section 3.5.2.
const (
	Add Op = iota
	Remove
	Replace
)

var opNames = [...]string{"add", "remove", "replace"}

func (o Op) String() string { return opNames[o] }

// Operation is one entry of "Operations".
type Operation struct {
	Op Op
	// Path is nil where the operation has none.
	Path *filter.Path
	// Value is as sent; nil when absent.
	Value jsontext.Value
}

// Request is a decoded PATCH body. It has at least one operation.
type Request struct{ Operations []Operation }

// MemberChange folds the operations on a group's members, of which the last
// one on each member wins. Ids are as sent.
type MemberChange struct {
	// Replace says that the group has the members of Add and no others.
	Replace bool
	// Add and Remove have no id in common; Remove is empty with Replace.
	Add, Remove []string
	// RemoveWhere is a condition on a member, nil for none. Stored members that
	// satisfy it go, unless Add names them. It is nil with Replace.
	RemoveWhere filter.Filter
}

// Result is what a request makes of an object.
type Result struct {
	Object  *schema.Object
	Members MemberChange
	// Touched are the attributes at the top level that operations named.
	Touched map[*schema.Attribute]bool
}

// atOperation says in a refusal which of several operations it is about.
func atOperation(err error, i, of int) error {
	refused, ok := err.(*fault.Error) //nolint:errorlint // a fault of the body's reader comes wrapped and is about no operation
	if !ok || of == 1 {
		return err
	}
	return &fault.Error{Status: refused.Status, Type: refused.Type, Detail: fmt.Sprintf("operation %d: %s", i+1, refused.Detail)}
}
