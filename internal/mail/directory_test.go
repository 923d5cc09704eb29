package mail_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/internal/mail"
)

func TestDirectory(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "new", "mail")
	config := mail.Config{Directory: directory, From: mail.Recipient{Name: "Rollcall", Address: "robot@example.org"}}
	var mutex sync.Mutex
	clock := now
	transport, err := mail.Open(config, func() time.Time {
		mutex.Lock()
		defer mutex.Unlock()
		return clock
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := transport.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	clock = now.Add(time.Microsecond)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := transport.Send(t.Context(), letter()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) != 21 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for i, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode() != 0o600 || !strings.HasSuffix(entry.Name(), ".eml") {
			t.Errorf("%s: %v, %v", entry.Name(), info, err)
		}
		if first := strings.HasPrefix(entry.Name(), "20260203T040506.789000Z-"); first != (i == 0) {
			t.Errorf("%s at %d", entry.Name(), i)
		}
	}
	text, err := os.ReadFile(filepath.Join(directory, entries[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	sameLetter(t, string(text))
}

func TestDirectoryFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	from := mail.Recipient{Address: "robot@example.org"}
	if err := open(t, mail.Config{Directory: file, From: from}).Send(t.Context(), letter()); !errors.Is(err, mail.ErrTemporary) {
		t.Errorf("no directory: %v", err)
	}
	directory := t.TempDir()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	transport := open(t, mail.Config{Directory: directory, From: from})
	if err := transport.Send(ended, letter()); !errors.Is(err, mail.ErrTemporary) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := transport.Send(t.Context(), mail.Message{To: mail.Recipient{Address: "x"}, Text: "x"}); !errors.Is(err, mail.ErrPermanent) {
		t.Errorf("no address: %v", err)
	}
	if entries, err := os.ReadDir(directory); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
