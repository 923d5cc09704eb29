package scim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/scim/schema"
	"rollcall/store"
)

// Redefinition brings what is stored to the definitions of the resource types.
type Redefinition struct {
	Store store.Definitions
	Types *schema.Registry
	// Now tells which deleted resources may still be put back.
	Now time.Time
	// Log is told of each resource type that is gone through. It may be nil.
	Log func(message string, args ...any)
}

// pendingDefinition stands for a type while its resources are worked out anew.
// It equals no definition, so that whoever starts after a kill begins again.
const pendingDefinition = `{"pending":true}`

// Run compares the resource types with their definitions of the last start.
// Where these are the same it reads nothing else. Where one is not, all
// resources of the type are held against it, in all tenants and in constant
// memory; what does not fit is a *MisfitError, and then nothing has changed.
// Where comparison keys or unique values follow in another way, they are
// replaced, without a new version of the resource or a trail.
//
// Several copies may run at once: one does the work. Copies that serve with
// other definitions meanwhile must be stopped.
func (d Redefinition) Run(ctx context.Context) error {
	saved, err := d.Store.Definitions(ctx)
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	if plan := d.plan(saved); plan.empty() {
		return nil
	}
	return d.Store.Redefine(ctx, func(ctx context.Context, r store.Redefinition) error {
		// Another copy may have done it in the meantime.
		saved, err := r.Definitions(ctx)
		if err != nil {
			return err
		}
		return d.carryOut(ctx, r, d.plan(saved))
	})
}

// redefinitions is what there is to do.
type redefinitions struct {
	types []redefined
	// gone are the names of types that are no longer defined.
	gone []string
}

// redefined is one type whose definition is not the saved one.
type redefined struct {
	t       *schema.ResourceType
	change  schema.Redefined
	renamed bool
}

func (p redefinitions) empty() bool { return len(p.types) == 0 && len(p.gone) == 0 }

func (d Redefinition) plan(saved []store.Definition) redefinitions {
	var plan redefinitions
	documents := make(map[string][]byte, len(saved))
	for _, one := range saved {
		documents[one.Type] = one.Document
		if t, ok := d.Types.Type(one.Type); !ok || t.Name != one.Type {
			plan.gone = append(plan.gone, one.Type)
		}
	}
	for _, t := range d.Types.Types() {
		document, known := documents[t.Name]
		next := redefined{t: t, change: schema.Widened}
		if known {
			next.change, next.renamed = t.Since(document)
		} else if t.Recast() {
			next.change = schema.Narrowed
		}
		if next.change != schema.Unchanged {
			plan.types = append(plan.types, next)
		}
	}
	return plan
}

// carryOut changes nothing before it knows that everything fits.
func (d Redefinition) carryOut(ctx context.Context, r store.Redefinition, plan redefinitions) error {
	var refusals []error
	for _, name := range plan.gone {
		refusal, err := d.checkGone(ctx, r, name)
		if err != nil {
			return err
		}
		refusals = append(refusals, refusal)
	}
	for _, one := range plan.types {
		refusal, err := d.check(ctx, r, one)
		if err != nil {
			return err
		}
		refusals = append(refusals, refusal)
	}
	if err := errors.Join(refusals...); err != nil {
		return err
	}
	for _, one := range plan.types {
		if err := d.reindex(ctx, r, one); err != nil {
			return err
		}
		if err := r.SaveDefinitions(ctx, store.Definition{Type: one.t.Name, Document: one.t.Definition()}); err != nil {
			return err
		}
	}
	for _, name := range plan.gone {
		if err := r.DropDefinition(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// checkGone refuses to forget a type that has resources, or deleted ones that
// may be put back.
func (d Redefinition) checkGone(ctx context.Context, r store.Redefinition, name string) (refusal, err error) {
	held, err := r.Held(ctx, name, d.Now)
	switch {
	case err != nil:
		return nil, err
	case held.Living > 0:
		return fmt.Errorf("resource type %s is no longer defined and has %d resources: put its documents back, and delete the resources first", name, held.Living), nil
	case held.Departed > 0:
		return fmt.Errorf("resource type %s is no longer defined and has %d deleted resources that can be restored until %s: put its documents back until then",
			name, held.Departed, held.PurgeAfter.Format(time.RFC3339)), nil
	}
	return nil, nil //nolint:nilnil // nothing stands against it
}

func (d Redefinition) log(message string, args ...any) {
	if d.Log != nil {
		d.Log(message, args...)
	}
}
