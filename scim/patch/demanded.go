package patch

import (
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// demanded refuses operations whose form the RFC allows and a profile does not.
func (p *patcher) demanded(operation Operation) error {
	path := operation.Path
	switch {
	case path == nil && p.leniency.Demands(schema.PatchPaths):
		return fault.New(fault.InvalidSyntax, "%s needs a path: this connection takes no operations without one", operation.Op)
	case path == nil, path.Where == nil, path.Sub != nil, !p.leniency.Demands(schema.SubAttributePaths):
		return nil
	case operation.Op == Remove && path.Attribute == p.resource.Members:
		return nil
	}
	return fault.New(fault.InvalidPath, "%s: this connection takes a value filter in a path only with a sub-attribute after it", path.Attribute)
}
