package patch

import (
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// Apply runs the operations in order on a copy of before, each on the result
// of the one before it. On a refusal nothing of them is left: the result
// exists only as a whole.
func Apply(t *schema.ResourceType, before *schema.Object, request Request, l *schema.Leniency) (Result, error) {
	p := &patcher{
		resource: t, leniency: l, object: before.Clone(),
		touched: map[*schema.Attribute]bool{}, lists: map[*schema.Attribute]bool{}, indexes: map[*schema.Attribute]*index{},
	}
	for i, operation := range request.Operations {
		if err := p.run(operation); err != nil {
			return Result{}, atOperation(err, i, len(request.Operations))
		}
	}
	if err := p.finish(before); err != nil {
		return Result{}, err
	}
	return Result{Object: p.object, Members: p.members.change(), Touched: p.touched}, nil
}

// patcher is the state between operations.
type patcher struct {
	resource *schema.ResourceType
	leniency *schema.Leniency
	object   *schema.Object
	members  memberFold
	touched  map[*schema.Attribute]bool
	// lists are the multi-valued attributes that operations wrote.
	lists map[*schema.Attribute]bool
	// indexes make a long run of adds to one attribute linear.
	indexes map[*schema.Attribute]*index
	work    int
}

func (p *patcher) run(operation Operation) error {
	if err := p.demanded(operation); err != nil {
		return err
	}
	switch {
	case operation.Op == Remove && operation.Path == nil:
		return fault.New(fault.NoTarget, "remove needs a path")
	case operation.Op == Remove:
		return p.remove(*operation.Path, operation.Value)
	case operation.Value == nil:
		return fault.New(fault.InvalidValue, "%s needs a value", operation.Op)
	case operation.Path == nil:
		return p.pathless(operation.Op, operation.Value)
	default:
		return p.write(operation.Op, *operation.Path, operation.Value)
	}
}

// finish checks what only the result as a whole can show.
func (p *patcher) finish(before *schema.Object) error {
	for a := range p.lists {
		err := p.inside(a.Parent, func(holder *schema.Object) error {
			list, ok := holder.Get(a).(schema.List)
			if !ok {
				return nil
			}
			list, err := a.Distinct(list)
			holder.Set(a, list)
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := p.resource.CheckImmutable(before, p.object); err != nil {
		return err
	}
	return p.resource.CheckRequired(p.object)
}

// inside runs f on the object that holds the attributes of parent, making it
// where it is missing and dropping it where f leaves it empty. parent and what
// it is in must be single-valued.
func (p *patcher) inside(parent *schema.Attribute, f func(*schema.Object) error) error {
	if parent == nil {
		return f(p.object)
	}
	return p.inside(parent.Parent, func(outer *schema.Object) error {
		holder, ok := outer.Get(parent).(*schema.Object)
		if !ok {
			holder = &schema.Object{}
		}
		err := f(holder)
		outer.Set(parent, holder)
		return err
	})
}
