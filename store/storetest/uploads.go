package storetest

import (
	"errors"
	"strings"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// uploads: a file is kept in chunks, found in its tenant alone, and swept when it
// expires.
func uploads(f *fixture) {
	other := f.newTenant("other")
	one := store.Upload{Tenant: f.tenant, ID: id(1), Name: "users.csv", Created: at(1), Expires: at(5)}
	fails := func(what string, got, want error) {
		f.t.Helper()
		if !errors.Is(got, want) {
			f.t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	fails("create", f.s.CreateUpload(f.ctx, one), nil)
	fails("again", f.s.CreateUpload(f.ctx, one), store.ErrUniqueness)
	fails("nowhere", f.s.CreateUpload(f.ctx, store.Upload{Tenant: 999, ID: id(2), Created: at(1), Expires: at(5)}), store.ErrNotFound)
	fails("NUL", f.s.CreateUpload(f.ctx, store.Upload{Tenant: f.tenant, ID: id(2), Name: "\x00", Created: at(1), Expires: at(5)}), store.ErrInvalid)
	chunks := []string{"a\x00\xff", "", strings.Repeat("x", store.MaxUploadChunk)}
	for i, text := range chunks {
		fails("append", f.s.AppendUpload(f.ctx, f.tenant, one.ID, i, []byte(text)), nil)
	}
	fails("same number", f.s.AppendUpload(f.ctx, f.tenant, one.ID, 1, nil), store.ErrUniqueness)
	fails("too large", f.s.AppendUpload(f.ctx, f.tenant, one.ID, 3, make([]byte, store.MaxUploadChunk+1)), store.ErrInvalid)
	fails("of others", f.s.AppendUpload(f.ctx, other, one.ID, 3, nil), store.ErrNotFound)
	fails("of none", f.s.AppendUpload(f.ctx, f.tenant, id(9), 0, nil), store.ErrNotFound)
	for i, text := range chunks {
		data, err := f.s.UploadChunk(f.ctx, f.tenant, one.ID, i)
		if err != nil || string(data) != text {
			f.t.Errorf("chunk %d: %d bytes, %v", i, len(data), err)
		}
	}
	_, err := f.s.UploadChunk(f.ctx, f.tenant, one.ID, len(chunks))
	fails("behind the last", err, store.ErrNotFound)
	_, err = f.s.UploadChunk(f.ctx, other, one.ID, 0)
	fails("chunk of others", err, store.ErrNotFound)

	found := func(want store.Upload) {
		f.t.Helper()
		got, err := f.s.Upload(f.ctx, f.tenant, one.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			f.t.Errorf("Upload: %v (-want +got):\n%s", err, diff)
		}
	}
	found(one)
	one.About, one.Expires = []byte("{}"), at(20)
	fails("keep", f.s.KeepUpload(f.ctx, f.tenant, one.ID, one.About, one.Expires), nil)
	fails("keep of others", f.s.KeepUpload(f.ctx, other, one.ID, nil, at(99)), store.ErrNotFound)
	found(one)
	_, err = f.s.Upload(f.ctx, other, one.ID)
	fails("of others", err, store.ErrNotFound)
	held := func(tenant store.TenantID, now int, want store.UploadsHeld) {
		f.t.Helper()
		got, err := f.s.UploadsHeld(f.ctx, tenant, at(now))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			f.t.Errorf("UploadsHeld: %v (-want +got):\n%s", err, diff)
		}
	}
	fails("second", f.s.CreateUpload(f.ctx, store.Upload{Tenant: f.tenant, ID: id(2), Created: at(1), Expires: at(9)}), nil)
	size := int64(3 + store.MaxUploadChunk)
	held(f.tenant, 8, store.UploadsHeld{Files: 2, Bytes: size, First: at(9)})
	held(f.tenant, 9, store.UploadsHeld{Files: 1, Bytes: size, First: at(20)})
	held(other, 8, store.UploadsHeld{})
	fails("delete of others", f.s.DeleteUpload(f.ctx, other, id(2)), store.ErrNotFound)
	fails("append to the second", f.s.AppendUpload(f.ctx, f.tenant, id(2), 0, []byte("x")), nil)
	fails("delete", f.s.DeleteUpload(f.ctx, f.tenant, id(2)), nil)
	fails("delete again", f.s.DeleteUpload(f.ctx, f.tenant, id(2)), store.ErrNotFound)
	_, err = f.s.UploadChunk(f.ctx, f.tenant, id(2), 0)
	fails("a deleted chunk", err, store.ErrNotFound)
	held(f.tenant, 8, store.UploadsHeld{Files: 1, Bytes: size, First: at(20)})
	if swept, err := f.s.SweepUploads(f.ctx, at(19), 10); swept != 0 || err != nil {
		f.t.Errorf("swept early: %d, %v", swept, err)
	}
	if swept, err := f.s.SweepUploads(f.ctx, at(20), 10); swept != 1 || err != nil {
		f.t.Errorf("swept: %d, %v", swept, err)
	}
	_, err = f.s.Upload(f.ctx, f.tenant, one.ID)
	fails("swept", err, store.ErrNotFound)
	_, err = f.s.UploadChunk(f.ctx, f.tenant, one.ID, 0)
	fails("its chunk", err, store.ErrNotFound)
}
