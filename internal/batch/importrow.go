package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/internal/usercsv"
	"rollcall/lifecycle"
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

func (s *Service) userType() (*schema.ResourceType, error) {
	t, ok := s.Provider.Types().Type(scim.UserType)
	if !ok {
		return nil, errors.New("there is no resource type User")
	}
	return t, nil
}

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

func (r *Row) refused(why, detail string) { r.Outcome, r.Why, r.Detail = Refused, why, detail }

// bring carries a row out, or tells what it would do.
func (i *importing) bring(ctx context.Context, c *scim.Caller, row *Row, note note) error {
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

// try makes of a row what it says.
func (i *importing) try(ctx context.Context, c *scim.Caller, row *Row, record *usercsv.Record, note note) error {
	if record.Problem != "" {
		row.refused(whyInvalid, record.Problem)
		return nil
	}
	if twice := i.twice[row.Number]; twice != "" {
		row.refused(whyTwice, twice)
		return nil
	}
	found, err := i.service.found(ctx, c, i.plan.Match, i.mapping.Of(record, i.plan.Match))
	var several *severalError
	switch {
	case errors.As(err, &several):
		row.refused(whySeveral, several.Error())
		return nil
	case err != nil:
		return err
	}
	edits, findings := i.mapping.Change(found.user, record, i.plan.Clear)
	if row.Findings = findings; len(findings) > 0 {
		row.refused(whyInvalid, worded(findings))
		return nil
	}
	if found.id == "" {
		return i.make(ctx, c, row, record, edits, note)
	}
	return i.change(ctx, c, row, found, edits, note)
}

func worded(findings []usercsv.Finding) string {
	list := make([]string, len(findings))
	for n, one := range findings {
		list[n] = strings.TrimSpace(one.Column + " " + one.Problem)
	}
	return strings.Join(list, "; ")
}

// make makes a new user.
func (i *importing) make(ctx context.Context, c *scim.Caller, row *Row, record *usercsv.Record, edits []usercsv.Edit, note note) error {
	switch {
	case i.plan.Mode == ImportUpdate:
		row.refused(whyNone, "there is no such user, and the import makes none")
		return nil
	case i.plan.Match == "id" && i.mapping.Of(record, "id") != "":
		row.refused(whyNone, "there is no user with this id; leave it empty for a new one")
		return nil
	case i.plan.Match == "externalId" && i.mapping.Of(record, "externalId") == "":
		row.refused(whyInvalid, "externalId is empty, by which users are found")
		return nil
	}
	entry := i.plan.entry()
	edits = slices.DeleteFunc(edits, func(edit usercsv.Edit) bool {
		if edit.Column == "active" && edit.After == false {
			entry = lifecycle.Create{} // a suspension would need a reason
		}
		return edit.Column == "active"
	})
	body, err := usercsv.Resource(edits)
	if err != nil {
		return fmt.Errorf("render a row: %w", err)
	}
	draft := scim.Draft{Body: body, Entry: entry, Dry: i.dry, Also: func(made scim.Drafted) ([]store.Change, error) {
		if err := row.brought(made, Created); err != nil {
			return nil, err
		}
		return note(row)
	}}
	if _, err = i.service.Provider.Bring(ctx, c, &draft); err == nil && i.dry {
		row.Outcome = Created
	}
	return err
}

// change changes a user that is there.
func (i *importing) change(ctx context.Context, c *scim.Caller, row *Row, found foundUser, edits []usercsv.Edit, note note) error {
	if i.plan.Mode == ImportCreate {
		row.refused(whyExists, "there is such a user, and the import changes none")
		return nil
	}
	var err error
	if row.ID, err = uuid.Parse(found.id); err != nil {
		return err
	}
	kept := edits[:0]
	for _, edit := range edits {
		if edit.Column == "active" {
			row.Findings = append(row.Findings, usercsv.Finding{Column: "active", Problem: "is not changed: suspend or activate the user, with a reason"})
			continue
		}
		if edit.Column == "userName" && i.plan.Match == "userName" {
			continue // it was found by that, in another case
		}
		kept = append(kept, edit)
	}
	if row.Outcome = Unchanged; len(kept) == 0 {
		return nil
	}
	body, err := usercsv.Patch(kept)
	if err != nil {
		return fmt.Errorf("render a row: %w", err)
	}
	row.Edits = kept
	if item, err := row.item(); err != nil || len(item.Outcome) > store.MaxJobOutcome-rowSpare {
		row.Edits = nil
		row.refused(whyInvalid, "the row changes more than could be taken back")
		return err
	}
	draft := scim.Draft{ID: found.id, Match: scim.ParsePrecondition(found.etag), Body: body, Dry: i.dry, Also: func(done scim.Drafted) ([]store.Change, error) {
		if err := row.brought(done, Changed); err != nil {
			return nil, err
		}
		return note(row)
	}}
	done, err := i.service.Provider.Bring(ctx, c, &draft)
	switch {
	case err != nil:
		return err
	case !done.Changed:
		row.Outcome, row.Edits = Unchanged, nil
	case i.dry:
		row.Outcome = Changed
	}
	return nil
}

// rowSpare is what a row needs beside its edits, in bytes.
const rowSpare = 4 << 10

// brought takes over what is known of a user that is written.
func (r *Row) brought(done scim.Drafted, outcome Outcome) (err error) {
	r.Outcome, r.Version = outcome, done.Version
	r.ID, err = uuid.Parse(done.ID)
	return err
}

// foundUser is the user that a row is about, as decoded from its JSON; no id for
// nobody.
type foundUser struct {
	id, etag string
	user     map[string]any
}

// severalError says that a row could be about several users.
type severalError struct{ by string }

func (e *severalError) Error() string { return "several users have this " + e.by }

// found looks for the living user with a value.
func (s *Service) found(ctx context.Context, c *scim.Caller, by, value string) (foundUser, error) {
	if value == "" {
		return foundUser{}, nil
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		return foundUser{}, err
	}
	t, err := s.userType()
	if err != nil {
		return foundUser{}, err
	}
	two := 2
	list, err := s.Provider.Query(ctx, c, []*schema.ResourceType{t}, scim.Search{Filter: by + " eq " + string(quoted), HasFilter: true, Count: &two})
	if err != nil {
		return foundUser{}, err
	}
	users, err := scim.Decoded(ctx, list)
	switch {
	case err != nil || len(users) == 0:
		return foundUser{}, err
	case len(users) > 1:
		return foundUser{}, &severalError{by}
	}
	return foundIn(users[0]), nil
}

func foundIn(user map[string]any) foundUser {
	id, _ := user["id"].(string)
	meta, _ := user["meta"].(map[string]any)
	etag, _ := meta["version"].(string)
	return foundUser{id, etag, user}
}

// resource is a living user as decoded from its JSON.
func (s *Service) resource(ctx context.Context, c *scim.Caller, id uuid.UUID) (foundUser, error) {
	t, err := s.userType()
	if err != nil {
		return foundUser{}, err
	}
	found, err := s.Provider.Get(ctx, c, t, id.String(), scim.View{})
	if err != nil {
		return foundUser{}, err
	}
	var text bytes.Buffer
	if err := found.WriteTo(ctx, &text); err != nil {
		return foundUser{}, err
	}
	var user map[string]any
	err = json.Unmarshal(text.Bytes(), &user)
	return foundUser{id.String(), found.ETag(), user}, err
}
