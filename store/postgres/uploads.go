package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

const (
	createUploadSQL = `INSERT INTO upload (tenant, id, name, about, created, expires) SELECT t.id, $2, $3, $4, $5, $6 FROM tenant t WHERE t.id = $1`
	appendUploadSQL = `INSERT INTO upload_chunk (tenant, upload, number, data) SELECT u.tenant, u.id, $3, $4 FROM upload u WHERE u.tenant = $1 AND u.id = $2`
	keepUploadSQL   = `UPDATE upload SET about = $3, expires = $4 WHERE tenant = $1 AND id = $2`
	uploadSQL       = `SELECT name, about, created, expires FROM upload WHERE tenant = $1 AND id = $2`
	uploadChunkSQL  = `SELECT data FROM upload_chunk WHERE tenant = $1 AND upload = $2 AND number = $3`

	deleteUploadSQL = `DELETE FROM upload WHERE tenant = $1 AND id = $2`

	// The length of a value that is stored apart is known without reading it.
	uploadsHeldSQL = `SELECT count(*), min(u.expires), coalesce(sum((
		SELECT sum(octet_length(c.data)) FROM upload_chunk c WHERE c.tenant = u.tenant AND c.upload = u.id)), 0)::bigint
	FROM upload u WHERE u.tenant = $1 AND u.expires > $2`

	sweepUploadsSQL = `WITH expired AS (SELECT tenant, id FROM upload WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED),
	swept AS (DELETE FROM upload u USING expired e WHERE u.tenant = e.tenant AND u.id = e.id RETURNING 1)
	SELECT count(*) FROM swept`
)

// writeUpload writes to an upload that has to be there.
func (s *Store) writeUpload(ctx context.Context, operation, sql string, args ...any) error {
	done, err := s.pool.Exec(ctx, sql, args...)
	if err == nil && done.RowsAffected() == 0 {
		err = store.ErrNotFound
	}
	return failure(ctx, operation, err)
}

// CreateUpload stores an upload without chunks.
func (s *Store) CreateUpload(ctx context.Context, upload store.Upload) error {
	if err := store.CheckText("name", upload.Name); err != nil {
		return failure(ctx, "create upload", err)
	}
	return s.writeUpload(ctx, "create upload", createUploadSQL, int64(upload.Tenant), id(upload.ID), upload.Name, upload.About, upload.Created, upload.Expires)
}

// AppendUpload stores a chunk.
func (s *Store) AppendUpload(ctx context.Context, tenant store.TenantID, upload uuid.UUID, number int, data []byte) error {
	if err := store.CheckUploadChunk(data); err != nil {
		return failure(ctx, "append to upload", err)
	}
	if data == nil {
		data = []byte{}
	}
	return s.writeUpload(ctx, "append to upload", appendUploadSQL, int64(tenant), id(upload), number, data)
}

// KeepUpload sets what is known of an upload.
func (s *Store) KeepUpload(ctx context.Context, tenant store.TenantID, upload uuid.UUID, about []byte, expires time.Time) error {
	if about == nil {
		about = []byte{}
	}
	return s.writeUpload(ctx, "keep upload", keepUploadSQL, int64(tenant), id(upload), about, expires)
}

// Upload returns an upload.
func (s *Store) Upload(ctx context.Context, tenant store.TenantID, upload uuid.UUID) (store.Upload, error) {
	found := store.Upload{Tenant: tenant, ID: upload}
	err := s.pool.QueryRow(ctx, uploadSQL, int64(tenant), id(upload)).Scan(&found.Name, &found.About, &found.Created, &found.Expires)
	if err != nil {
		return store.Upload{}, failure(ctx, "get upload", err)
	}
	found.Created, found.Expires = found.Created.UTC(), found.Expires.UTC()
	return found, nil
}

// UploadChunk returns a chunk.
func (s *Store) UploadChunk(ctx context.Context, tenant store.TenantID, upload uuid.UUID, number int) (data []byte, err error) {
	err = s.pool.QueryRow(ctx, uploadChunkSQL, int64(tenant), id(upload), number).Scan(&data)
	return data, failure(ctx, "get chunk of upload", err)
}

// UploadsHeld tells how much a tenant holds.
func (s *Store) UploadsHeld(ctx context.Context, tenant store.TenantID, now time.Time) (held store.UploadsHeld, err error) {
	var first *time.Time
	err = s.pool.QueryRow(ctx, uploadsHeldSQL, int64(tenant), now).Scan(&held.Files, &first, &held.Bytes)
	if first != nil {
		held.First = first.UTC()
	}
	return held, failure(ctx, "sum up uploads", err)
}

// DeleteUpload deletes an upload with its chunks.
func (s *Store) DeleteUpload(ctx context.Context, tenant store.TenantID, upload uuid.UUID) error {
	return s.writeUpload(ctx, "delete upload", deleteUploadSQL, int64(tenant), id(upload))
}

// SweepUploads deletes uploads that expired. Those that another copy is deleting
// are left to it.
func (s *Store) SweepUploads(ctx context.Context, now time.Time, limit int) (swept int, err error) {
	err = s.pool.QueryRow(ctx, sweepUploadsSQL, now, int64(max(limit, 0))).Scan(&swept)
	return swept, failure(ctx, "sweep uploads", err)
}
