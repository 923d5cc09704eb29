package scim

import (
	"context"
	"fmt"
	"strings"

	"rollcall/scim/schema"
	"rollcall/store"
)

// redefinePage is how many resources are read at a time: with documents of a
// megabyte each it is memory enough.
const redefinePage = 100

// shownIDs is how many resources a refusal names of each misfit, shownMisfits
// how many misfits it names.
const (
	shownIDs     = 5
	shownMisfits = 20
)

// MisfitError says what is stored and does not fit the definition of a type. It
// names attributes, reasons and ids, never a value.
type MisfitError struct {
	Type    string
	Misfits []CountedMisfit
}

// CountedMisfit is a misfit with the number of resources that have it and the
// ids of some of these.
type CountedMisfit struct {
	schema.Misfit
	Resources int
	IDs       []string
}

func (e *MisfitError) Error() string {
	var out strings.Builder
	fmt.Fprintf(&out, "the new definition of %s does not fit what is stored, and nothing was changed: ", e.Type)
	for i, m := range e.Misfits {
		if i == shownMisfits {
			fmt.Fprintf(&out, "and %d more, ", len(e.Misfits)-i)
			break
		}
		such := ""
		if m.Resources > len(m.IDs) {
			such = "such as "
		}
		fmt.Fprintf(&out, "%s: %s (in %d: %s%s), ", m.Attribute, m.Reason, m.Resources, such, strings.Join(m.IDs, " "))
	}
	out.WriteString("start with the earlier definition and mend these resources, or change the new one")
	return out.String()
}

func (e *MisfitError) count(m schema.Misfit, key store.Key) {
	id := key.ID.String()
	for i := range e.Misfits {
		if known := &e.Misfits[i]; known.Misfit == m {
			if known.Resources++; len(known.IDs) < shownIDs {
				known.IDs = append(known.IDs, id)
			}
			return
		}
	}
	// A document may hold any number of attributes that are gone.
	if len(e.Misfits) < 10*shownMisfits {
		e.Misfits = append(e.Misfits, CountedMisfit{m, 1, []string{id}})
	}
}

// check holds all resources of a type against its definition.
func (d Redefinition) check(ctx context.Context, r store.Redefinition, one redefined) (refusal, err error) {
	if one.change <= schema.Widened {
		return nil, nil //nolint:nilnil // whatever is stored fits
	}
	d.log("checking resources against a new definition", "type", one.t.Name)
	found := &MisfitError{Type: one.t.Name}
	var seen *repeats
	if one.change == schema.Rederived && (one.t.Naming != nil || len(one.t.Unique()) > 0) {
		seen = newRepeats(maxHashes)
	}
	err = everyRecord(ctx, r, one.t, func(record *store.Record) error {
		misfits, err := one.t.Misfits(record.Document)
		for _, m := range misfits {
			found.count(m, record.Key)
		}
		if err != nil || seen == nil || len(found.Misfits) > 0 {
			return err
		}
		return eachUnique(one.t, record, func(value store.UniqueValue) { seen.add(record.Tenant, value) })
	})
	if err == nil && seen != nil && len(found.Misfits) == 0 {
		err = checkRepeats(ctx, r, one.t, seen, found)
	}
	if err != nil || len(found.Misfits) == 0 {
		return nil, err
	}
	return found, nil
}

// checkRepeats counts values that must differ and do not. The first part of
// them has been seen.
func checkRepeats(ctx context.Context, r store.Redefinition, t *schema.ResourceType, seen *repeats, found *MisfitError) error {
	each := func(visit func(store.Key, store.UniqueValue)) error {
		return everyRecord(ctx, r, t, func(record *store.Record) error {
			return eachUnique(t, record, func(value store.UniqueValue) { visit(record.Key, value) })
		})
	}
	for seen.next() {
		if err := each(func(key store.Key, value store.UniqueValue) { seen.add(key.Tenant, value) }); err != nil {
			return err
		}
	}
	if len(seen.repeated) == 0 {
		return nil
	}
	return each(func(key store.Key, value store.UniqueValue) {
		if seen.has(key.Tenant, value) {
			found.count(schema.Misfit{Attribute: value.Attribute, Reason: "now unique, and shared with another"}, key)
		}
	})
}

// eachUnique goes through the values of a resource that must differ from those
// of others, the name among them.
func eachUnique(t *schema.ResourceType, record *store.Record, visit func(store.UniqueValue)) error {
	object, err := t.Parse(record.Document)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	if t.Naming != nil {
		if name := object.Text(t.Naming); name != "" {
			visit(store.UniqueValue{Attribute: t.Naming.Name, Value: t.Naming.Fold(name)})
		}
	}
	for _, value := range uniqueValues(t, object) {
		visit(value)
	}
	return nil
}

// everyRecord goes through the resources of a type in all tenants.
func everyRecord(ctx context.Context, r store.Redefinition, t *schema.ResourceType, visit func(*store.Record) error) error {
	for after := (store.Key{}); ; {
		page, err := r.Scan(ctx, t.Name, after, redefinePage)
		if err != nil {
			return err
		}
		for i := range page {
			if err := visit(&page[i]); err != nil {
				return fmt.Errorf("%s %s: %w", t.Name, page[i].ID, err)
			}
		}
		if len(page) < redefinePage {
			return nil
		}
		after = page[len(page)-1].Key
	}
}
