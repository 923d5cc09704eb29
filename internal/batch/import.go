package batch

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/usercsv"
	"rollcall/internal/validation"
	"rollcall/scim"
	"rollcall/store"
)

// The kinds of the jobs that import a file. What an import has done is taken back
// by a job of KindUndo.
const (
	KindImport    = "import"
	KindImportDry = "import.dry"
)

// How the rows of a file find the users that they are about.
var matches = []string{"userName", "externalId", "id"}

// Matches are the columns by which rows can find users.
func Matches() []string { return slices.Clone(matches) }

// What an import does with its rows.
const (
	ImportBoth   = "both"
	ImportCreate = "create"
	ImportUpdate = "update"
)

// How a new account begins: usable at once, or not before it is activated. An
// import sends no letters and asks for no approval.
const (
	StartActive = "active"
	StartStaged = "staged"
)

// starts are the entries of accounts by the names that plans have for them, in
// which they are kept.
var starts = map[string]string{StartActive: admin.EntryEnrolled, StartStaged: admin.EntryStaged}

// ImportPlan is an import as it is asked for, and as it is kept.
type ImportPlan struct {
	// File is the id of the file, Name what it is called.
	File uuid.UUID `json:"file"`
	Name string    `json:"name"`
	// Columns says for each column of the file what it is imported as; empty for
	// what is not. Nil guesses by the header.
	Columns []string `json:"columns"`
	// Match is the column by which rows find users (userName).
	Match string `json:"match"`
	// Mode is one of ImportBoth, ImportCreate, ImportUpdate (both).
	Mode string `json:"mode"`
	// Start is how new accounts begin (active).
	Start string `json:"start"`
	// Clear has empty cells take away what is there; otherwise they say nothing.
	Clear bool `json:"clear,omitzero"`
	// Reason is the administrator's words, may be empty.
	Reason string `json:"reason,omitzero"`
}

// mapping checks a plan about a file, and fills in what it leaves to the server.
func (p *ImportPlan) mapping(file *File) (*usercsv.Mapping, error) {
	if p.Columns == nil {
		p.Columns = usercsv.Guess(file.Header)
	}
	for name, member := range map[string]struct {
		value *string
		all   []string
	}{
		"match": {&p.Match, matches}, "mode": {&p.Mode, []string{ImportBoth, ImportCreate, ImportUpdate}}, "start": {&p.Start, []string{StartActive, StartStaged}},
	} {
		if *member.value == "" {
			*member.value = member.all[0]
		}
		if !slices.Contains(member.all, *member.value) {
			return nil, validation.Errorf(name, "is one of %s", strings.Join(member.all, ", "))
		}
	}
	if err := admin.CheckText("reason", p.Reason); err != nil {
		return nil, err
	}
	if len(p.Columns) != len(file.Header) {
		return nil, validation.Errorf("columns", "takes one name for each column of the file, empty for those that are not imported")
	}
	mapping, err := usercsv.NewMapping(p.Columns)
	switch {
	case err != nil:
		return nil, validation.Errorf("columns", "%v", err)
	case !mapping.Has(p.Match):
		return nil, validation.Errorf("columns", "no column is imported as %s, by which users are found", p.Match)
	case p.Mode != ImportUpdate && !mapping.Has("userName"):
		return nil, validation.Errorf("columns", "no column is imported as userName, which new users need")
	}
	return mapping, nil
}

// importOrder is the input of a job that imports.
type importOrder struct {
	Import ImportPlan `json:"import"`
	Rows   int64      `json:"rows"`
}

// PreviewImport takes a dry run of an import. It stores nothing but what it
// finds, row by row.
func (s *Service) PreviewImport(ctx context.Context, c *scim.Caller, plan ImportPlan) (*Batch, error) {
	file, err := s.File(ctx, c.Tenant, plan.File)
	if err != nil {
		return nil, err
	}
	if _, err := plan.mapping(file); err != nil {
		return nil, err
	}
	plan.Name = file.Name
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	return s.enqueue(ctx, c, KindImportDry, id, &importOrder{plan, file.Rows}, Head{Import: &plan, Users: file.Rows})
}

// Importable reports whether a batch is the dry run of an import that is over,
// and would do something.
func (b *Batch) Importable() bool {
	return b.Job.Kind == KindImportDry && b.Job.State == store.JobSucceeded && b.Head.Import != nil && b.Head.Counts.Written() > 0
}

// ApplyImport carries out what a dry run has looked at, if confirm is the number
// of users that it would write: it is a *SizeError otherwise, and a *StateError
// where the dry run is none, or not over. Of one dry run one import is made: who
// asks again gets that.
func (s *Service) ApplyImport(ctx context.Context, c *scim.Caller, dry uuid.UUID, confirm int64) (*Batch, error) {
	seen, err := s.read(ctx, c.Tenant, dry)
	if err != nil {
		return nil, err
	}
	if !seen.Importable() {
		return nil, &StateError{"only a dry run of an import that is over, and would write somebody, can be carried out"}
	}
	if n := seen.Head.Counts.Written(); n != confirm {
		return nil, &SizeError{n, confirm}
	}
	id := appliedID(dry)
	return s.once(ctx, c.Tenant, id, func() (*Batch, error) {
		if _, err := s.File(ctx, c.Tenant, seen.Head.Import.File); errors.Is(err, store.ErrNotFound) {
			return nil, &StateError{"the file is kept no longer: send it again"}
		} else if err != nil {
			return nil, err
		}
		return s.enqueue(ctx, c, KindImport, id, &importOrder{*seen.Head.Import, seen.Head.Users}, Head{Import: seen.Head.Import, Users: seen.Head.Users})
	})
}
