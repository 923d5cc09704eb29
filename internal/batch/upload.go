package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/internal/usercsv"
	"rollcall/scim"
	"rollcall/store"
)

const (
	// MaxFile is the largest file that is imported, in bytes, MaxFileRows how many
	// users it may have.
	MaxFile     = 64 << 20
	MaxFileRows = 100_000
	// fileKept is how long a file is kept that was read to its end: an import is
	// looked at and carried out within this time.
	fileKept = 7 * 24 * time.Hour
	// fileTime is for how long a file may be on its way.
	fileTime = time.Hour
	chunk    = 512 << 10
	// samples is how many rows are shown of a file.
	samples = 3
	// maxFileName bounds what a file is called, in bytes.
	maxFileName = 200
)

// File is a file of users that was sent.
type File struct {
	ID   uuid.UUID
	Name string
	// Expires is when it is deleted.
	Expires time.Time
	FileFacts
}

// FileFacts are what is known of the contents of a file.
type FileFacts struct {
	// Header are the names of its columns, Samples its first rows.
	Header  []string   `json:"header"`
	Samples [][]string `json:"samples"`
	Rows    int64      `json:"rows"`
	Bytes   int64      `json:"bytes"`
}

// Receive stores a file as it comes, and reads it once to its end: what is no
// file of users is a *usercsv.FileError, and not kept. It is a *StateError where
// the tenant holds as much as it may.
func (s *Service) Receive(ctx context.Context, c *scim.Caller, name string, in io.Reader) (*File, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	now := s.now()
	if err := s.room(ctx, c.Tenant, true); err != nil {
		return nil, err
	}
	upload := store.Upload{Tenant: c.Tenant, ID: id, Name: fileName(name), Created: now, Expires: now.Add(fileTime)}
	if err := s.Store.CreateUpload(ctx, upload); err != nil {
		return nil, fmt.Errorf("keep a file: %w", err)
	}
	facts, err := s.take(ctx, &upload, in)
	if err != nil {
		s.drop(ctx, &upload)
		return nil, err
	}
	about, err := json.Marshal(facts)
	if err != nil {
		return nil, fmt.Errorf("render what is known of a file: %w", err)
	}
	upload.Expires = now.Add(fileKept)
	if err := s.Store.KeepUpload(ctx, c.Tenant, id, about, upload.Expires); err != nil {
		return nil, fmt.Errorf("keep a file: %w", err)
	}
	return &File{id, upload.Name, upload.Expires, *facts}, nil
}

// take keeps what comes of a file and reads it.
func (s *Service) take(ctx context.Context, upload *store.Upload, in io.Reader) (*FileFacts, error) {
	size, err := s.keep(ctx, upload, in)
	if err != nil {
		return nil, err
	}
	facts, err := inspect(s.contents(ctx, upload.Tenant, upload.ID))
	if err == nil {
		facts.Bytes = size
	}
	return facts, err
}

// fileName is what a file is called, without what a name does not need.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if len(name) > maxFileName {
		name = strings.ToValidUTF8(name[:maxFileName], "")
	}
	if name == "" {
		name = "users.csv"
	}
	return name
}

// keep stores what comes in chunks, and tells how large it is.
func (s *Service) keep(ctx context.Context, upload *store.Upload, in io.Reader) (size int64, err error) {
	part := make([]byte, chunk)
	for number := 0; ; number++ {
		if number%askEvery == askEvery-1 {
			if err := s.room(ctx, upload.Tenant, false); err != nil {
				return size, err
			}
		}
		n, err := io.ReadFull(in, part)
		if n > 0 {
			if size += int64(n); size > MaxFile {
				return size, &usercsv.FileError{Problem: fmt.Sprintf("the file is larger than %d MiB; divide it", MaxFile>>20)}
			}
			if err := s.Store.AppendUpload(ctx, upload.Tenant, upload.ID, number, part[:n]); err != nil {
				return size, fmt.Errorf("keep a file: %w", err)
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return size, nil
		case err != nil:
			return size, err
		}
	}
}

// inspect reads a file to its end.
func inspect(in io.Reader) (*FileFacts, error) {
	r, err := usercsv.Open(in)
	if err != nil {
		return nil, err
	}
	facts := &FileFacts{Header: r.Header()}
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if facts.Rows++; facts.Rows > MaxFileRows {
			return nil, &usercsv.FileError{Line: record.Line, Problem: fmt.Sprintf("the file has more than %d users; divide it", MaxFileRows)}
		}
		if len(facts.Samples) < samples {
			facts.Samples = append(facts.Samples, record.Shown())
		}
	}
	if facts.Rows == 0 {
		return nil, &usercsv.FileError{Problem: "the file has a header and no users"}
	}
	return facts, nil
}

// contents reads a file that is kept.
func (s *Service) contents(ctx context.Context, tenant store.TenantID, id uuid.UUID) io.Reader {
	return &chunks{ctx: ctx, store: s.Store, tenant: tenant, id: id}
}

// chunks reads a file chunk by chunk.
type chunks struct {
	ctx    context.Context //nolint:containedctx // io.Reader has none
	store  store.Uploads
	tenant store.TenantID
	id     uuid.UUID
	number int
	rest   []byte
}

// Read implements io.Reader.
func (c *chunks) Read(into []byte) (int, error) {
	for len(c.rest) == 0 {
		data, err := c.store.UploadChunk(c.ctx, c.tenant, c.id, c.number)
		if errors.Is(err, store.ErrNotFound) {
			return 0, c.end()
		}
		if err != nil {
			return 0, err
		}
		c.rest = data
		c.number++
	}
	n := copy(into, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// errFileGone says that a file was deleted while it was read.
var errFileGone = errors.New("the file is gone")

// end tells the end of a file from one that was deleted meanwhile: of that, half a
// row may have been read.
func (c *chunks) end() error {
	_, err := c.store.Upload(c.ctx, c.tenant, c.id)
	switch {
	case err == nil:
		return io.EOF
	case errors.Is(err, store.ErrNotFound):
		return errFileGone
	}
	return err
}

// File returns a file that was read to its end, or store.ErrNotFound.
func (s *Service) File(ctx context.Context, tenant store.TenantID, id uuid.UUID) (*File, error) {
	upload, err := s.Store.Upload(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if upload.About == nil || !upload.Expires.After(s.now()) {
		return nil, store.ErrNotFound
	}
	file := &File{ID: id, Name: upload.Name, Expires: upload.Expires}
	if err := json.Unmarshal(upload.About, &file.FileFacts); err != nil {
		return nil, fmt.Errorf("read what is known of a file: %w", err)
	}
	return file, nil
}
