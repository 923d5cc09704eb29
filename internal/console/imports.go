package console

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"rollcall/internal/batch"
	"rollcall/internal/operator"
	"rollcall/internal/usercsv"
	"rollcall/internal/web"
	"rollcall/store"
)

func (f *face) importRoutes(r *routes) {
	r.show("/imports/new", operator.ManageAccounts, (*call).newImport)
	r.do("/imports", operator.ManageAccounts, (*call).sendFile)
	r.show("/imports/:id", operator.ManageAccounts, (*call).mapFile)
	r.do("/imports/:id/delete", operator.ManageAccounts, (*call).deleteFile)
	r.do("/imports/:id/preview", operator.ManageAccounts, (*call).previewImport)
	r.do("/batches/:id/import", operator.ManageAccounts, (*call).applyImport)
}

// importView is the page that asks for a file.
type importView struct {
	Problem string
	// Most is how many users a file may have, MiB how large it may be.
	Most string
	MiB  int
}

func (c *call) newImport() error { return c.askFile(http.StatusOK, "") }

func (c *call) askFile(status int, problem string) error {
	return c.page(status, "import", "Import users", &importView{problem, thousands(batch.MaxFileRows), batch.MaxFile >> 20})
}

// besideFile is what a form may send beside its file, in bytes.
const besideFile = 64 << 10

// sendFile keeps the file of a form as it comes.
func (c *call) sendFile() error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, batch.MaxFile+besideFile)
	parts, err := r.MultipartReader()
	if err != nil {
		return errUnsupported
	}
	part, err := filePart(parts)
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, io.EOF):
		return c.askFile(http.StatusUnprocessableEntity, "Choose a file first.")
	case errors.As(err, &large):
		return c.askFile(http.StatusUnprocessableEntity, "The file is too large; divide it.")
	case err != nil:
		return errBadRequest
	}
	file, err := c.face.Batches.Receive(r.Context(), c.caller(), part.FileName(), part)
	var wrong *usercsv.FileError
	problem := refused("", err)
	switch {
	case problem != "":
		return c.askFile(http.StatusUnprocessableEntity, problem)
	case errors.As(err, &wrong):
		return c.askFile(http.StatusUnprocessableEntity, sentence(wrong.Error()))
	case errors.As(err, &large):
		return c.askFile(http.StatusUnprocessableEntity, "The file is too large; divide it.")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, multipart.ErrMessageTooLarge):
		return errBadRequest
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, c.face.root+"/imports/"+file.ID.String())
}

// filePart is the part of a form that is the file; io.EOF where none was chosen.
func filePart(parts *multipart.Reader) (*multipart.Part, error) {
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return part, nil
		}
	}
}

// mapView is the page that asks what the columns of a file are.
type mapView struct {
	File    *batch.File
	Columns []mappedColumn
	Plan    batch.ImportPlan
	Matches []string
	Problem string
}

// mappedColumn is a column of a file.
type mappedColumn struct {
	// Field is its field in the form, Name how the file calls it.
	Field, Name string
	Samples     []string
	// As is what it is imported as, of Choices.
	As      string
	Choices []usercsv.Column
}

// importChoices are what a column can be imported as.
func importChoices() []usercsv.Column {
	return slices.DeleteFunc(usercsv.Columns(), func(c usercsv.Column) bool { return !c.Imported })
}

func (c *call) mapFile() error {
	file, err := c.sentFile()
	if err != nil {
		return err
	}
	plan := batch.ImportPlan{Match: "userName", Mode: batch.ImportBoth, Start: batch.StartActive, Columns: usercsv.Guess(file.Header)}
	return c.askMapping(http.StatusOK, file, plan, "")
}

// sentFile is the file that the path names.
func (c *call) sentFile() (*batch.File, error) {
	id, err := c.batchID()
	if err != nil {
		return nil, err
	}
	return c.face.Batches.File(c.Request().Context(), c.identity.Tenant.ID, id)
}

// deleteFile deletes a file that is not needed any more.
func (c *call) deleteFile() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	if err := c.face.Batches.DeleteFile(c.Request().Context(), c.caller(), id); err != nil {
		return err
	}
	return c.back("/imports/new", noticeFileGone)
}

func (c *call) askMapping(status int, file *batch.File, plan batch.ImportPlan, problem string) error {
	view := &mapView{File: file, Plan: plan, Matches: batch.Matches(), Problem: problem}
	choices := importChoices()
	for i, name := range file.Header {
		column := mappedColumn{Field: "column" + strconv.Itoa(i), Name: name, As: plan.Columns[i], Choices: choices}
		for _, sample := range file.Samples {
			if sample[i] != "" {
				column.Samples = append(column.Samples, sample[i])
			}
		}
		view.Columns = append(view.Columns, column)
	}
	return c.page(status, "import-map", "Import "+file.Name, view)
}

// previewImport begins a dry run of what the form says.
func (c *call) previewImport() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	file, err := c.sentFile()
	if err != nil {
		return err
	}
	plan := batch.ImportPlan{
		File: file.ID, Match: sent.Get("match"), Mode: sent.Get("mode"), Start: sent.Get("start"), Clear: sent.Get("clear") == "on", Reason: typed(sent.Get("reason")),
		Columns: make([]string, len(file.Header)),
	}
	for i := range plan.Columns {
		plan.Columns[i] = sent.Get("column" + strconv.Itoa(i))
	}
	taken, err := c.face.Batches.PreviewImport(c.Request().Context(), c.caller(), plan)
	if problem := refused("", err); problem != "" {
		return c.askMapping(http.StatusUnprocessableEntity, file, plan, problem)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+taken.Job.ID.String())
}

// applyImport carries out what a dry run has looked at.
func (c *call) applyImport() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	id, err := c.batchID()
	if err != nil {
		return err
	}
	users, err := strconv.ParseInt(sent.Get("users"), 10, 64)
	if err != nil {
		return errBadRequest
	}
	taken, err := c.face.Batches.ApplyImport(c.Request().Context(), c.caller(), id, users)
	if err != nil {
		return c.notBegun(id, err)
	}
	return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+taken.Job.ID.String())
}

// importedView is an import or a dry run of one, row by row.
type importedView struct {
	batchHead

	rowsPage

	Dry  bool
	Rows []importedRow
	// File says that the file is still there to be mapped otherwise.
	File bool
	// CanApply and CanUndo say what this role can do with it.
	CanApply, CanUndo bool
}

// importedRow is one row of the file.
type importedRow struct {
	batch.Row

	Class string
	// User is the id of the user that it is about, empty for nobody yet.
	User string
	// Changes are what it changes, for people.
	Changes *changeList
}

// importedBatch shows an import.
func (c *call) importedBatch(status int, found *batch.Batch, names names, problem string) error {
	view := &importedView{batchHead: c.seen(names.head(found), problem), Dry: found.Job.Kind == batch.KindImportDry}
	rows, err := c.rowsOf(found.Job.ID, &view.rowsPage)
	if err != nil {
		return err
	}
	for i := range rows {
		view.Rows = append(view.Rows, showRow(&rows[i]))
	}
	_, err = c.face.Batches.File(c.Request().Context(), c.identity.Tenant.ID, found.Head.Import.File)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	manages := c.identity.Role.May(operator.ManageAccounts)
	view.File = err == nil && manages
	view.CanApply = found.Importable() && view.File
	view.CanStop = stops(c.identity.Role, found)
	view.CanUndo = found.Undoable() == nil && manages
	return c.page(status, "imported", view.Title, view)
}

func showRow(row *batch.Row) importedRow {
	shown := importedRow{Row: *row, Class: rowClass(row.Outcome)}
	if row.ID != uuid.Nil {
		shown.User = row.ID.String()
	}
	var changes []change
	for i := range row.Edits {
		before, after := row.Edits[i].Shown()
		changes = append(changes, change{Name: row.Edits[i].Column, Before: valueOf(before), After: valueOf(after), Alone: row.ID == uuid.Nil})
	}
	for _, group := range row.Joined {
		changes = append(changes, change{Name: "groups", After: valueOf(group.Name), Alone: true})
	}
	shown.Changes = listed(changes)
	return shown
}
