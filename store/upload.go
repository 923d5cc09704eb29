package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// MaxUploadChunk is the largest chunk of an upload, in bytes.
const MaxUploadChunk = 1 << 20

// Upload is a file that was sent in order to be worked on later. What it holds
// stands apart, in chunks.
type Upload struct {
	Tenant TenantID
	ID     uuid.UUID
	// Name is what the file is called, for people.
	Name string
	// About is what is known of it, opaque; nil until it is there as a whole.
	About []byte
	// Expires is when it may be swept, with its chunks.
	Created, Expires time.Time
}

// UploadsHeld is how much a tenant holds in uploads.
type UploadsHeld struct {
	Files int
	Bytes int64
	// First is when the first of them expires; zero without any.
	First time.Time
}

// Uploads keeps files between the request that sends them and the jobs that work
// on them.
type Uploads interface {
	// CreateUpload stores an upload without chunks. ErrUniqueness when the id is
	// taken in the tenant, ErrNotFound when there is no such tenant, ErrInvalid
	// for a name that cannot be stored.
	CreateUpload(ctx context.Context, upload Upload) error
	// AppendUpload stores a chunk, numbered from 0. ErrNotFound when there is no
	// such upload, ErrUniqueness when the number is taken, ErrInvalid for one that
	// is too large.
	AppendUpload(ctx context.Context, tenant TenantID, id uuid.UUID, number int, data []byte) error
	// KeepUpload sets About and Expires. ErrNotFound.
	KeepUpload(ctx context.Context, tenant TenantID, id uuid.UUID, about []byte, expires time.Time) error
	// Upload returns an upload or ErrNotFound.
	Upload(ctx context.Context, tenant TenantID, id uuid.UUID) (Upload, error)
	// UploadChunk returns a chunk; ErrNotFound behind the last one.
	UploadChunk(ctx context.Context, tenant TenantID, id uuid.UUID, number int) ([]byte, error)
	// UploadsHeld tells how much a tenant holds in uploads that have not expired at
	// now, those on their way included.
	UploadsHeld(ctx context.Context, tenant TenantID, now time.Time) (UploadsHeld, error)
	// DeleteUpload deletes an upload with its chunks. ErrNotFound.
	DeleteUpload(ctx context.Context, tenant TenantID, id uuid.UUID) error
	// SweepUploads deletes up to limit uploads that expired at or before now, with
	// their chunks, in all tenants, and tells how many.
	SweepUploads(ctx context.Context, now time.Time, limit int) (int, error)
}

// CheckUploadChunk refuses one that is too large.
func CheckUploadChunk(data []byte) error {
	if len(data) > MaxUploadChunk {
		return fmt.Errorf("a chunk of an upload is larger than %d bytes: %w", MaxUploadChunk, ErrInvalid)
	}
	return nil
}
