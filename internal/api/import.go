package api

import (
	"errors"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/batch"
	"rollcall/internal/usercsv"
	"rollcall/scim/fault"
	"rollcall/store"
)

func (f *face) importRoutes(r *routes) {
	r.add(http.MethodPost, "/imports/files", auth.ScopeAdminWrite, (*call).sendFile, "name")
	r.get("/imports/files/:id", (*call).showFile)
	r.add(http.MethodDelete, "/imports/files/:id", auth.ScopeAdminWrite, (*call).deleteFile)
	r.add(http.MethodPost, "/imports", auth.ScopeAdminWrite, (*call).previewImport)
	r.add(http.MethodPost, "/imports/:id/apply", auth.ScopeAdminWrite, (*call).applyImport)
}

// fileView is a file that was sent.
type fileView struct {
	ID      uuid.UUID  `json:"id"`
	Name    string     `json:"name"`
	Header  []string   `json:"header"`
	Samples [][]string `json:"samples"`
	// Columns are what its columns would be imported as.
	Columns []string  `json:"columns"`
	Rows    int64     `json:"rows"`
	Bytes   int64     `json:"bytes"`
	Expires time.Time `json:"expires"`
}

func viewFile(f *batch.File) fileView {
	return fileView{f.ID, f.Name, f.Header, f.Samples, usercsv.Guess(f.Header), f.Rows, f.Bytes, f.Expires}
}

// sendFile keeps the file that is the body.
func (c *call) sendFile() error {
	r := c.Request()
	media, args, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := args["charset"]
	if err != nil || media != "text/csv" || charset != "" && !strings.EqualFold(charset, "utf-8") || r.Header.Get("Content-Encoding") != "" {
		return fault.Plain(http.StatusUnsupportedMediaType, "the body must be text/csv in UTF-8")
	}
	if r.ContentLength > batch.MaxFile {
		return fault.TooLarge(batch.MaxFile)
	}
	file, err := c.face.Batches.Receive(r.Context(), c.caller(), c.QueryParam("name"), http.MaxBytesReader(c.Response(), r.Body, batch.MaxFile))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.TooLarge(batch.MaxFile)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fault.Plain(http.StatusBadRequest, "the body could not be read to its end")
	case err != nil:
		return err
	}
	c.Response().Header().Set("Location", c.face.PublicURL+Root+"/imports/files/"+file.ID.String())
	return c.reply(http.StatusCreated, viewFile(file))
}

func (c *call) showFile() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	file, err := c.face.Batches.File(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, viewFile(file))
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
	return c.nothing()
}

// previewImport takes a dry run of an import.
func (c *call) previewImport() error {
	var body struct {
		File    string   `json:"file"`
		Columns []string `json:"columns"`
		Match   string   `json:"match"`
		Mode    string   `json:"mode"`
		Start   string   `json:"start"`
		Clear   bool     `json:"clear"`
		Reason  string   `json:"reason"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	id, ok := store.ParseID(body.File)
	if !ok {
		return invalid("file", "is the id of a file that was sent")
	}
	taken, err := c.face.Batches.PreviewImport(c.Request().Context(), c.caller(), batch.ImportPlan{
		File: id, Columns: body.Columns, Match: body.Match, Mode: body.Mode, Start: body.Start, Clear: body.Clear, Reason: body.Reason,
	})
	if errors.Is(err, store.ErrNotFound) {
		return invalid("file", "is the id of a file that was sent")
	}
	if err != nil {
		return err
	}
	return c.taken(taken)
}

// applyImport carries out what a dry run has looked at.
func (c *call) applyImport() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	var body struct {
		Confirm *int64 `json:"confirm"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	if body.Confirm == nil {
		return invalid("confirm", "is required: the number of users that the dry run would write")
	}
	taken, err := c.face.Batches.ApplyImport(c.Request().Context(), c.caller(), id, *body.Confirm)
	if err != nil {
		return err
	}
	return c.taken(taken)
}
