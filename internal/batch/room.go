package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/store"
)

const (
	// askEvery is after how many chunks it is asked again whether there is room:
	// what comes at the same time goes beyond the limit by no more than that.
	askEvery = 8
	// readFor is how long a file is kept whose import is over.
	readFor = time.Hour
)

// room is a *StateError where a tenant holds as much as it may: another says that
// it is asked about one file more.
func (s *Service) room(ctx context.Context, tenant store.TenantID, another bool) error {
	held, err := s.Store.UploadsHeld(ctx, tenant, s.now())
	if err != nil {
		return fmt.Errorf("sum up files: %w", err)
	}
	if held.Files < s.MostFiles && held.Bytes < s.MostBytes || !another && held.Bytes < s.MostBytes {
		return nil
	}
	return &StateError{fmt.Sprintf("%d files of %d MiB are kept already, of %d and %d MiB at the most: delete one that is not needed any more, or wait until %s, when the first is deleted",
		held.Files, held.Bytes>>20, s.MostFiles, s.MostBytes>>20, held.First.UTC().Format(time.RFC3339))}
}

// drop deletes what came of a file that is refused, or that its sender left. What
// cannot be deleted expires.
func (s *Service) drop(ctx context.Context, upload *store.Upload) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.Store.DeleteUpload(limited, upload.Tenant, upload.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Logger.Warn("a refused file was not deleted", "upload", upload.ID, "error", err)
	}
}

// DeleteFile deletes a file that was sent; store.ErrNotFound. An import that reads
// it comes to an early end.
func (s *Service) DeleteFile(ctx context.Context, c *scim.Caller, id uuid.UUID) error {
	if _, err := s.File(ctx, c.Tenant, id); err != nil {
		return err
	}
	return s.Store.DeleteUpload(ctx, c.Tenant, id)
}

// readToEnd lets a file expire soon whose import is over: who imports every hour
// holds no more files than are in use.
func (i *importing) readToEnd(ctx context.Context) error {
	s, tenant := i.service, i.task.Job.Tenant
	upload, err := s.Store.Upload(ctx, tenant, i.plan.File)
	if err == nil && upload.Expires.After(s.now().Add(readFor)) {
		err = s.Store.KeepUpload(ctx, tenant, i.plan.File, upload.About, s.now().Add(readFor))
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil // somebody deleted it, which is as good
	}
	return err
}
