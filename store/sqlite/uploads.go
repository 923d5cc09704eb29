package sqlite

import (
	"context"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// takenUpload is what a constraint means of an upload.
func takenUpload(err error) error {
	switch {
	case taken(err):
		return &store.UniquenessError{}
	case dangling(err):
		return store.ErrNotFound
	}
	return err
}

// CreateUpload stores an upload without chunks.
func (s *Store) CreateUpload(ctx context.Context, upload store.Upload) error {
	return s.write(ctx, "create upload", func(tx *writeTx) error {
		if err := store.CheckText("name", upload.Name); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO upload (tenant, id, name, about, created, expires) VALUES (?, ?, ?, ?, ?, ?)`,
			int64(upload.Tenant), upload.ID.String(), upload.Name, upload.About, micros(upload.Created), micros(upload.Expires))
		return takenUpload(err)
	})
}

// AppendUpload stores a chunk.
func (s *Store) AppendUpload(ctx context.Context, tenant store.TenantID, id uuid.UUID, number int, data []byte) error {
	return s.write(ctx, "append to upload", func(tx *writeTx) error {
		if err := store.CheckUploadChunk(data); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO upload_chunk (tenant, upload, number, data) VALUES (?, ?, ?, ?)`, int64(tenant), id.String(), number, blob(data))
		return takenUpload(err)
	})
}

// KeepUpload sets what is known of an upload.
func (s *Store) KeepUpload(ctx context.Context, tenant store.TenantID, id uuid.UUID, about []byte, expires time.Time) error {
	return s.write(ctx, "keep upload", func(tx *writeTx) error {
		kept, err := tx.exec(ctx, `UPDATE upload SET about = ?, expires = ? WHERE tenant = ? AND id = ?`, blob(about), micros(expires), int64(tenant), id.String())
		if err == nil && kept == 0 {
			err = store.ErrNotFound
		}
		return err
	})
}

// Upload returns an upload.
func (s *Store) Upload(ctx context.Context, tenant store.TenantID, id uuid.UUID) (store.Upload, error) {
	upload := store.Upload{Tenant: tenant, ID: id}
	var created, expires int64
	err := s.one(ctx, "get upload", `SELECT name, about, created, expires FROM upload WHERE tenant = ? AND id = ?`, []any{int64(tenant), id.String()},
		&upload.Name, &upload.About, &created, &expires)
	if err != nil {
		return store.Upload{}, err
	}
	upload.Created, upload.Expires = instant(created), instant(expires)
	return upload, nil
}

// UploadChunk returns a chunk.
func (s *Store) UploadChunk(ctx context.Context, tenant store.TenantID, id uuid.UUID, number int) ([]byte, error) {
	var data []byte
	err := s.one(ctx, "get chunk of upload", `SELECT data FROM upload_chunk WHERE tenant = ? AND upload = ? AND number = ?`, []any{int64(tenant), id.String(), number}, &data)
	return data, err
}

// UploadsHeld tells how much a tenant holds. The length of a blob is known without
// reading it.
func (s *Store) UploadsHeld(ctx context.Context, tenant store.TenantID, now time.Time) (held store.UploadsHeld, err error) {
	const of = `FROM upload u WHERE u.tenant = ?1 AND u.expires > ?2`
	var first int64
	err = s.one(ctx, "sum up uploads", `SELECT count(*), coalesce(min(u.expires), 0), coalesce((
		SELECT sum(length(c.data)) FROM upload_chunk c WHERE c.tenant = ?1 AND c.upload IN (SELECT u.id `+of+`)), 0) `+of,
		[]any{int64(tenant), micros(now)}, &held.Files, &first, &held.Bytes)
	if first > 0 {
		held.First = instant(first)
	}
	return held, err
}

// DeleteUpload deletes an upload with its chunks.
func (s *Store) DeleteUpload(ctx context.Context, tenant store.TenantID, id uuid.UUID) error {
	return s.write(ctx, "delete upload", func(tx *writeTx) error {
		gone, err := tx.exec(ctx, `DELETE FROM upload WHERE tenant = ? AND id = ?`, int64(tenant), id.String())
		if err == nil && gone == 0 {
			err = store.ErrNotFound
		}
		return err
	})
}

// SweepUploads deletes uploads that expired. That there are none is found out
// without the writing connection.
func (s *Store) SweepUploads(ctx context.Context, now time.Time, limit int) (int, error) {
	const expired = `FROM upload WHERE expires <= ?1 ORDER BY expires LIMIT ?2`
	args := []any{micros(now), max(limit, 0)}
	var some bool
	if err := s.one(ctx, "sweep uploads", `SELECT EXISTS (SELECT 1 `+expired+`)`, args, &some); err != nil || !some {
		return 0, err
	}
	swept := int64(0)
	err := s.write(ctx, "sweep uploads", func(tx *writeTx) (err error) {
		swept, err = tx.exec(ctx, `DELETE FROM upload WHERE (tenant, id) IN (SELECT tenant, id `+expired+`)`, args...)
		return err
	})
	return int(swept), err
}
