package scim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// cursor is where a walk over the pages of a query stands (RFC 9865). It is the
// whole state of the walk: the server keeps none.
type cursor struct {
	part part
	// at is the place that the page follows or ends before; nil begins the part.
	at *store.Position
	// count is what the first request of the walk asked for, noCount for nothing.
	count int
	// issued is when this cursor was made, began when its walk was.
	issued, began time.Time
	// total is the total of the first page of a filtered query.
	total int
	// recent is the digest of what had changed shortly before the walk began.
	recent [sha256.Size]byte
}

// part is a part of a walk.
type part byte

const (
	// onward follows the order of the query, backward goes back in it.
	onward part = iota
	backward
	// catchUp lists what was modified since the walk began.
	catchUp
	parts
)

const noCount = -1

// cursorVersion leads every cursor. One of another version is an invalid one.
const cursorVersion = 1

var errCursorText = errors.New("malformed cursor")

// text is the cursor as it is sealed.
func (c *cursor) text() []byte {
	out := []byte{cursorVersion, byte(c.part)}
	out = binary.AppendUvarint(out, uint64(c.count-noCount))
	out = binary.AppendUvarint(out, uint64(c.total))
	out = binary.AppendVarint(out, c.issued.UnixMicro())
	out = binary.AppendVarint(out, c.began.UnixMicro())
	out = append(out, c.recent[:]...)
	if c.at == nil {
		return out
	}
	out = append(out, c.at.ID[:]...)
	if c.at.Key != nil {
		out = append(append(out, 1), c.at.Key...)
	}
	return out
}

// readCursor reads what text wrote.
func readCursor(in []byte) (*cursor, error) {
	if len(in) < 2 || in[0] != cursorVersion || in[1] >= byte(parts) {
		return nil, errCursorText
	}
	c := &cursor{part: part(in[1])}
	r := bytes.NewReader(in[2:])
	count, err1 := binary.ReadUvarint(r)
	total, err2 := binary.ReadUvarint(r)
	issued, err3 := binary.ReadVarint(r)
	began, err4 := binary.ReadVarint(r)
	n, _ := r.Read(c.recent[:])
	if errors.Join(err1, err2, err3, err4) != nil || n < len(c.recent) || count > math.MaxInt32 || total > math.MaxInt64 {
		return nil, errCursorText
	}
	c.count, c.total = int(count)+noCount, int(total)
	c.issued, c.began = time.UnixMicro(issued).UTC(), time.UnixMicro(began).UTC()
	rest := in[len(in)-r.Len():]
	if len(rest) == 0 {
		return c, nil
	}
	if len(rest) < len(uuid.UUID{}) {
		return nil, errCursorText
	}
	c.at = &store.Position{ID: uuid.UUID(rest)}
	if key := rest[len(c.at.ID):]; len(key) > 0 {
		c.at.Key = key[1:]
	}
	return c, nil
}

// binding is what a cursor belongs to: tenant, actor, and all that a client has
// to repeat unchanged from page to page, but for the count, which has a refusal
// of its own. A cursor does not open under another binding, so that nothing
// about it can be found out.
func binding(c *Caller, types []*schema.ResourceType, search Search) []byte {
	hash := sha256.New()
	add := func(texts ...string) {
		_ = binary.Write(hash, binary.BigEndian, uint64(len(texts)))
		for _, text := range texts {
			_ = binary.Write(hash, binary.BigEndian, uint64(len(text)))
			_, _ = hash.Write([]byte(text))
		}
	}
	_ = binary.Write(hash, binary.BigEndian, int64(c.Tenant))
	add(c.Kind, c.ID, search.SortBy, search.SortOrder)
	for _, t := range types {
		add(t.Name)
	}
	if search.HasFilter {
		add(search.Filter)
	}
	add(search.View.Attributes...)
	add(search.View.Excluded...)
	if count := search.View.Members.Count; count != nil {
		add(strconv.Itoa(*count))
	} else {
		add()
	}
	return hash.Sum(nil)
}

// openCursor reads the cursor of a request. All that is wrong with its text has
// one answer (RFC 9865 section 5.2).
func (p *Provider) openCursor(ctx context.Context, text string, binding []byte, count int) (*cursor, error) {
	plain, ok, err := p.cursors.open(ctx, text, binding)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errInvalidCursor
	}
	c, err := readCursor(plain)
	switch {
	case err != nil:
		return nil, errInvalidCursor
	case p.clock().Sub(c.issued) > p.cursorTimeout:
		return nil, fault.New(fault.ExpiredCursor, "the cursor is older than %d seconds; begin again with an empty one", int64(p.cursorTimeout.Seconds()))
	case c.count != count:
		return nil, fault.New(fault.InvalidCount, "count must be what it was in the first request of the walk")
	}
	return c, nil
}

var errInvalidCursor = fault.New(fault.InvalidCursor, "the cursor is not valid here: it is malformed, or belongs to another query or another caller; repeat all parameters unchanged, or begin again with an empty cursor")
