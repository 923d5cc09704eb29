package scim

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/store"
)

// anyCursor draws a cursor as a walk makes them.
func anyCursor(r *rapid.T) *cursor {
	at := func(name string) time.Time { return time.UnixMicro(rapid.Int64().Draw(r, name)).UTC() }
	c := &cursor{
		part: part(rapid.IntRange(0, int(parts)-1).Draw(r, "part")), count: rapid.IntRange(noCount, 1<<31-2).Draw(r, "count"),
		issued: at("issued"), began: at("began"), total: rapid.IntRange(0, 1<<62).Draw(r, "total"),
	}
	copy(c.recent[:], rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(r, "recent"))
	if rapid.Bool().Draw(r, "placed") {
		c.at = &store.Position{}
		copy(c.at.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(r, "id"))
		if rapid.Bool().Draw(r, "keyed") {
			c.at.Key = rapid.SliceOfN(rapid.Byte(), 1, store.MaxKeyBytes+1).Draw(r, "key")
		}
	}
	return c
}

// TestCursorsComeBack: a cursor is read as it was written, fits into the bound
// of a sealed text, and opens under its own binding alone.
func TestCursorsComeBack(t *testing.T) {
	t.Parallel()
	s := &Seal{name: "test"}
	rapid.Check(t, func(r *rapid.T) {
		want := anyCursor(r)
		text, err := s.close(t.Context(), want.text(), []byte("mine"))
		if err != nil || len(text) > maxOpaque {
			r.Fatalf("%d characters, %v", len(text), err)
		}
		plain, ok, err := s.open(t.Context(), text, []byte("mine"))
		if err != nil || !ok {
			r.Fatalf("not opened: %v", err)
		}
		got, err := readCursor(plain)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(cursor{})); diff != "" {
			r.Fatalf("(-want +got):\n%s", diff)
		}
		if _, ok, _ := s.open(t.Context(), text, []byte("theirs")); ok {
			r.Fatal("opened under another binding")
		}
		if cut := rapid.IntRange(0, len(plain)-1).Draw(r, "cut"); true {
			if c, err := readCursor(plain[:cut]); err == nil && c.at != nil && want.at != nil && c.at.Key == nil && want.at.Key == nil {
				r.Fatal("a cut cursor is whole")
			}
		}
	})
}

// keeping is a store of one secret that fails at first.
type keeping struct {
	failures int
	secret   []byte
	asked    int
}

func (k *keeping) Secret(_ context.Context, _ string, fresh []byte) ([]byte, error) {
	if k.asked++; k.asked <= k.failures {
		return nil, store.ErrUnavailable
	}
	if k.secret == nil {
		k.secret = fresh
	}
	return k.secret, nil
}

// TestSealReadsItsKeyOnce: a database that is down is asked again, one that has
// answered is not.
func TestSealReadsItsKeyOnce(t *testing.T) {
	t.Parallel()
	keys := &keeping{failures: 2}
	s := &Seal{secrets: keys, name: "cursor"}
	for range 2 {
		if _, _, err := s.open(t.Context(), "x", nil); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("open: %v", err)
		}
	}
	text, err := s.close(t.Context(), []byte("plain"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if plain, ok, err := s.open(t.Context(), text, nil); err != nil || !ok || string(plain) != "plain" {
		t.Errorf("open = %q, %v, %v", plain, ok, err)
	}
	if keys.asked != 3 {
		t.Errorf("the key was read %d times", keys.asked)
	}
	other := &Seal{secrets: keys, name: "other"}
	if _, ok, _ := other.open(t.Context(), text, nil); ok {
		t.Error("a seal for something else opens it")
	}
}

// FuzzCursor reads arbitrary texts: no panic, nothing opens that was not
// sealed, and what reads as a cursor is written as the same cursor.
func FuzzCursor(f *testing.F) {
	s := &Seal{name: "fuzz"}
	at := &store.Position{Key: []byte("sx")}
	text, err := s.close(f.Context(), (&cursor{at: at}).text(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, (&cursor{at: at, count: 3, total: 7}).text())
	f.Add("", []byte{cursorVersion, 0})
	f.Add("AAAA", (&cursor{}).text())
	f.Fuzz(func(t *testing.T, sealedText string, plain []byte) {
		if _, ok, err := s.open(t.Context(), sealedText, nil); err != nil || ok && sealedText != text {
			t.Fatalf("%q opens: %v", sealedText, err)
		}
		c, err := readCursor(plain)
		if err != nil {
			return
		}
		again, err := readCursor(c.text())
		if err != nil || !bytes.Equal(again.text(), c.text()) {
			t.Fatalf("%x is read as %+v and then as %+v, %v", plain, c, again, err)
		}
	})
}
