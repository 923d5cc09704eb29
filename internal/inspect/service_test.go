package inspect

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/store"
)

// memory is a request log that remembers what it was given.
type memory struct {
	mu      sync.Mutex
	batches [][]store.LoggedRequest
	err     error
	// panics says that it has a bug.
	panics bool
}

func (m *memory) LogRequests(_ context.Context, requests []store.LoggedRequest, _ int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.panics {
		panic("a bug")
	}
	if m.err == nil {
		m.batches = append(m.batches, requests)
	}
	return m.err
}

func (m *memory) sizes() (sizes []int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, batch := range m.batches {
		sizes = append(sizes, len(batch))
	}
	return sizes
}

// TestQueueIsBounded: what is beyond the queue is dropped and counted, nobody
// waits, and what waits when it ends is stored.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &memory{}
		s := New(Options{Store: log, Waiting: 3, Every: time.Second})
		s.Start()
		admitted := func(n int) (in int) {
			for range n {
				if s.Admit() {
					in++
					s.Remember(Seen{})
				}
			}
			return in
		}
		if in := admitted(1); in != 1 {
			t.Fatal("the first is not admitted")
		}
		synctest.Wait()
		if sizes := log.sizes(); len(sizes) != 1 {
			t.Errorf("the first waits: %v", sizes)
		}
		if in := admitted(10); in != 3 || s.Dropped() != 7 {
			t.Errorf("%d of 10 are admitted, %d dropped", in, s.Dropped())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if sizes := log.sizes(); len(sizes) != 2 || sizes[1] != 3 {
			t.Errorf("stored: %v", sizes)
		}
		admitted(1)
		synctest.Wait()
		log.mu.Lock()
		log.err = errors.New("no store")
		log.mu.Unlock()
		admitted(2)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if s.Dropped() != 9 {
			t.Errorf("%d dropped", s.Dropped())
		}
		log.mu.Lock()
		log.err = nil
		log.mu.Unlock()
		stored := len(log.sizes())
		admitted(2)
		s.Close()
		admitted(1)
		s.Close()
		if sizes := log.sizes(); len(sizes) < stored+2 {
			t.Errorf("stored: %v", sizes)
		}
	})
}

// TestStoreWithABug: it costs the requests that it was given, and no more.
func TestStoreWithABug(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &memory{panics: true}
		s := New(Options{Store: log, Waiting: 3, Every: time.Second})
		s.Start()
		for range 2 {
			if !s.Admit() {
				t.Fatal("not admitted")
			}
			s.Remember(Seen{})
			time.Sleep(2 * time.Second)
			log.mu.Lock()
			log.panics = false
			log.mu.Unlock()
		}
		s.Close()
		if sizes, dropped := log.sizes(), s.Dropped(); len(sizes) != 1 || sizes[0] != 1 || dropped != 1 {
			t.Errorf("stored %v, dropped %d", sizes, dropped)
		}
	})
}
