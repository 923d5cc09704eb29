package scim

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// restore is the change that brings a departed account back.
func (tr *transition) restore(b trail, now time.Time, left store.Trail) error {
	a := tr.account
	facts, err := storeFacts(tr.decision.Facts, a.policy, a.record.Facts)
	if err != nil {
		return err
	}
	object, err := a.t.Parse(a.record.Document)
	if err != nil {
		return fmt.Errorf("read the document of %s: %w", a.record.ID, err)
	}
	object = mirror(a.t, object, tr.decision.Facts)
	record := a.record
	record.Facts, record.Modified = facts, now
	fill(&record, a.t, object)
	left.Events = append(b.returned(b.contentOf(&record, object)), left.Events...)
	tr.change = &store.Restore{Match: a.record.Version, Record: record, Unique: uniqueValues(a.t, object), Trail: left}
	return nil
}

// renames is how often another name is looked for.
const renames = 2

// rename gives a restored user another name, because its own is taken. What it
// becomes says what it was, stays an address where it is one, and follows from
// the id, so that a dry run tells it. Where that is taken, too, it is asked again
// and chance decides. The events that tell that it is back, which come first, have
// the new name, and the audit row has both.
func (tr *transition) rename() error {
	a, change := tr.account, tr.change.(*store.Restore)
	object, err := a.t.Parse(change.Record.Document)
	if err != nil {
		return fmt.Errorf("read the document of %s: %w", a.record.ID, err)
	}
	mark := a.record.ID
	if tr.renamed == "" {
		tr.former = object.Text(a.t.Naming)
	} else {
		mark = uuid.New()
	}
	tr.renamed = renamed(tr.former, mark)
	object.Set(a.t.Naming, tr.renamed)
	fill(&change.Record, a.t, object)
	change.Unique = uniqueValues(a.t, object)
	b := trail{tr.caller, a.t, a.record.ID, a.record.ExternalID, change.Record.Modified}
	copy(change.Trail.Events, b.returned(b.contentOf(&change.Record, object)))
	d := newDifferences()
	d.row(a.t.Naming.Name, tr.former, tr.renamed)
	d.decided(a.facts, &tr.decision)
	change.Trail.Audit.Changes = d.close()
	return nil
}

// renamed makes a free name out of one that is taken, with the end of an id,
// which is random.
func renamed(name string, id uuid.UUID) string {
	mark := "+restored-" + hex.EncodeToString(id[len(id)-4:])
	local, domain, address := strings.Cut(name, "@")
	// Folding can make a name longer.
	most := store.MaxKeyBytes/2 - len(mark)
	if address && len(domain) < most/2 {
		return clip(local, most-len(domain)-1) + mark + "@" + domain
	}
	return clip(name, most) + mark
}

func nameTaken(err error) bool {
	var unique *store.UniquenessError
	return errors.As(err, &unique) && unique.Attribute == store.NameAttribute
}

// returning is the name, as it is compared, of a user whom a transition brings
// back; empty where it brings back nobody.
func (tr *transition) returning() string {
	if tr == nil {
		return ""
	}
	if change, ok := tr.change.(*store.Restore); ok {
		return change.Record.Name
	}
	return ""
}
