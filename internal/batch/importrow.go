package batch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/usercsv"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Why rows of a file are refused, beside the reasons of other rows.
const (
	whyTwice   = "twice"
	whyExists  = "exists"
	whySeveral = "several"
)

// overtakenTimes is how often a row is tried whose user others change.
const overtakenTimes = 5

// clipName bounds what a row is called, in bytes.
func clipName(name string) string {
	const most = 200
	if len(name) <= most {
		return name
	}
	cut := most
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "…"
}

// refused is a row that comes to nothing.
func (r *Row) refused(why, detail string) (brings, error) {
	r.Outcome, r.Why, r.Detail = Refused, why, detail
	return brings{}, nil
}

// brings is what a row comes to: a draft with the outcome that it has once it is
// carried out. A row that comes to nothing has its outcome already.
type brings struct {
	draft   *scim.Draft
	outcome Outcome
	joins   []Joined
}

// bring carries a row out, or tells what it would do.
func (i *importing) bring(ctx context.Context, c *scim.Caller, row *Row, note note) error {
	if decided, ok := i.decided[row.Number]; ok {
		*row = decided
		return nil
	}
	record := i.records[row.Number]
	fresh := *row
	for n := 1; ; n++ {
		*row = fresh
		err := i.try(ctx, c, row, &record, note)
		told, isFault := fault.As(err)
		switch {
		case err == nil:
			return nil
		case n < overtakenTimes && isFault && (told.Status == http.StatusPreconditionFailed || told.Status == http.StatusNotFound):
			continue
		case n < overtakenTimes && errors.Is(err, scim.ErrNoGroup):
			i.groups.forget() // it was there when it was looked for
			continue
		}
		*row = fresh
		if err := row.refuse("import", err); err != nil {
			return err
		}
		if isFault && told.Status == http.StatusBadRequest {
			row.Why = whyInvalid
		}
		if row.Outcome == Failed {
			i.service.Logger.Error("a row of an import failed", "job", i.task.Job.ID, "row", row.Number, "error", err)
		}
		return nil
	}
}

// try makes of one row what it says.
func (i *importing) try(ctx context.Context, c *scim.Caller, row *Row, record *usercsv.Record, note note) error {
	will, err := i.prepareSeen(ctx, c, row, record)
	if err != nil || will.draft == nil {
		return err
	}
	will.draft.Dry, will.draft.Also = i.dry, will.noted(row, note)
	done, err := i.service.Provider.Bring(ctx, c, will.draft)
	switch {
	case err != nil:
		return err
	case !done.Changed:
		row.unchanged()
	case i.dry:
		row.Outcome, row.Joined = will.outcome, will.joined(done)
	}
	return nil
}

// noted commits the outcome of a row with what is done.
func (b *brings) noted(row *Row, note note) func(scim.Drafted) ([]store.Change, error) {
	return func(done scim.Drafted) (_ []store.Change, err error) {
		row.Outcome, row.Version, row.Joined = b.outcome, done.Version, b.joined(done)
		if row.ID, err = uuid.Parse(done.ID); err != nil {
			return nil, err
		}
		return note(row)
	}
}

func (r *Row) unchanged() { r.Outcome, r.Edits, r.Joined, r.Version = Unchanged, nil, nil, 0 }

// together carries rows out in one transaction, which costs a fraction of one for
// each. Where that is not possible, for whatever a row says, they stay pending.
func (i *importing) together(ctx context.Context, rows []Row) error {
	i.decided = map[int64]Row{}
	if i.dry || ctx.Err() != nil {
		return ctx.Err()
	}
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var drafts []*scim.Draft
	done := map[int]*Row{}
	at := make([]int, 0, len(rows))
	for n := range rows {
		if rows[n].Outcome != Pending {
			continue
		}
		row, record := rows[n], i.records[rows[n].Number]
		will, err := i.prepareSeen(whole, i.caller, &row, &record)
		switch {
		case err != nil: // it is tried alone, and refused then
		case will.draft == nil:
			i.decided[row.Number] = row
		default:
			done[n] = &row
			will.draft.Also = will.noted(&row, i.noting)
			drafts, at = append(drafts, will.draft), append(at, n)
		}
	}
	brought, err := i.service.Provider.BringAll(whole, i.caller, drafts)
	if err != nil {
		var of Row
		return of.refuse("import", err) // what is about some row is found out row by row
	}
	for k, n := range at {
		if brought[k].Changed {
			rows[n] = *done[n]
		} else {
			done[n].unchanged()
			i.decided[rows[n].Number] = *done[n]
		}
	}
	return nil
}

// prepare works out what a row comes to.
func (i *importing) prepare(ctx context.Context, c *scim.Caller, row *Row, record *usercsv.Record) (brings, error) {
	if record.Problem != "" {
		return row.refused(whyInvalid, record.Problem)
	}
	if twice := i.twice[row.Number]; twice != "" {
		return row.refused(whyTwice, twice)
	}
	found, err := i.service.found(ctx, c, i.plan.Match, i.mapping.Of(record, i.plan.Match))
	var several *severalError
	if errors.As(err, &several) {
		return row.refused(whySeveral, several.Error())
	}
	if err != nil {
		return brings{}, err
	}
	edits, findings := i.mapping.Change(found.user, record, i.plan.Clear)
	joins, more, err := i.joins(ctx, found.user, record)
	if err != nil {
		return brings{}, err
	}
	if row.Findings = append(findings, more...); len(row.Findings) > 0 {
		return row.refused(whyInvalid, worded(row.Findings))
	}
	if found.id == "" {
		return i.make(row, record, edits, joins)
	}
	return i.change(row, found, edits, joins)
}

func worded(findings []usercsv.Finding) string {
	list := make([]string, len(findings))
	for n, one := range findings {
		list[n] = strings.TrimSpace(one.Column + " " + one.Problem)
	}
	return strings.Join(list, "; ")
}

// make makes a new user.
func (i *importing) make(row *Row, record *usercsv.Record, edits []usercsv.Edit, joins []Joined) (brings, error) {
	switch {
	case i.plan.Mode == ImportUpdate:
		return row.refused(whyNone, "there is no such user, and the import makes none")
	case i.plan.Match == "id" && i.mapping.Of(record, "id") != "":
		return row.refused(whyNone, "there is no user with this id; leave it empty for a new one")
	case i.plan.Match == "externalId" && i.mapping.Of(record, "externalId") == "":
		return row.refused(whyInvalid, "externalId is empty, by which users are found")
	}
	start := i.plan.Start
	edits = slices.DeleteFunc(edits, func(edit usercsv.Edit) bool {
		if edit.Column == "active" && edit.After == false {
			start = StartStaged // a suspension would need a reason
		}
		return edit.Column == "active"
	})
	entry, err := admin.Entry("start", starts[start])
	if err != nil {
		return brings{}, err
	}
	body, err := usercsv.Resource(edits)
	if err != nil {
		return brings{}, fmt.Errorf("render a row: %w", err)
	}
	will := brings{draft: &scim.Draft{Body: body, Entry: entry}, outcome: Created}
	will.join(joins)
	return will, nil
}

// change changes a user that is there.
func (i *importing) change(row *Row, found foundUser, edits []usercsv.Edit, joins []Joined) (brings, error) {
	if i.plan.Mode == ImportCreate {
		return row.refused(whyExists, "there is such a user, and the import changes none")
	}
	var err error
	if row.ID, err = uuid.Parse(found.id); err != nil {
		return brings{}, err
	}
	kept := edits[:0]
	for _, edit := range edits {
		switch {
		case edit.Column == "active":
			row.Findings = append(row.Findings, usercsv.Finding{Column: "active", Problem: "is not changed: suspend or activate the user, with a reason"})
		case edit.Column == "userName" && i.plan.Match == "userName": // it was found by that, in another case
		default:
			kept = append(kept, edit)
		}
	}
	if len(kept) == 0 && len(joins) == 0 {
		row.unchanged()
		return brings{}, nil
	}
	will := brings{draft: &scim.Draft{ID: found.id, Match: scim.ParsePrecondition(found.etag)}, outcome: Changed}
	will.join(joins)
	if len(kept) > 0 {
		if will.draft.Body, err = usercsv.Patch(kept); err != nil {
			return brings{}, fmt.Errorf("render a row: %w", err)
		}
	}
	row.Edits, row.Joined = kept, joins
	row.Findings = append(row.Findings, i.overruled(found, kept)...)
	item, err := row.item()
	if err != nil {
		return brings{}, err
	}
	if len(item.Outcome) > store.MaxJobOutcome-rowSpare {
		row.Edits, row.Joined = nil, nil
		return row.refused(whyInvalid, "the row changes more than could be taken back")
	}
	return will, nil
}

// overruled says whose the attributes are that a row changes, where that is a
// connection: an import does what it says, and who looks at it first is told.
func (i *importing) overruled(found foundUser, edits []usercsv.Edit) []usercsv.Finding {
	noted, _ := found.user[schema.LifecycleURN].(map[string]any)
	source, _ := noted["source"].(string)
	client, _ := noted["sourceClient"].(string)
	owner := admin.Owner(i.connections, source, client)
	var columns []string
	for n := range edits {
		if edits[n].Provisioned() {
			columns = append(columns, edits[n].Column)
		}
	}
	if owner == "" || len(columns) == 0 {
		return nil
	}
	return []usercsv.Finding{{Column: strings.Join(columns, ", "), Problem: "comes from connection " + owner + ", which may change it back"}}
}

// rowSpare is what a row needs beside its edits, in bytes.
const rowSpare = 4 << 10
