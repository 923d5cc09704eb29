package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	// sampledPages are about how many pages of the table are looked at, of a few
	// resources each.
	sampledPages = 800
	// sampleAge is how long a sample is relied on.
	sampleAge = 10 * time.Minute
	// sampledText bounds what is kept of a search text, in characters.
	sampledText = 1000
	// leastSampled is how many resources of a sample are more than chance.
	leastSampled = 20
	// mostRare is how many trigrams a text is looked for by.
	mostRare = 4
	// readAsOne is how many entries of an index are read in the time in which one
	// resource is looked at: 5 ns against 2 us.
	readAsOne = 400
)

// sampler keeps a sample of search texts. The server has no statistics about
// trigrams: it reads the list of each one, those of all resources as well, and the
// mail domain of a company is in all of them.
type sampler struct {
	last atomic.Pointer[sample]
	busy sync.Mutex
}

// sample is a part of all search texts.
type sample struct {
	taken time.Time
	// share is which part of the table it is, above 0 and at most 1.
	share float64
	texts []sampled
	// having are the texts that a trigram stands in, by their places in order.
	having map[string][]int
}

type sampled struct {
	tenant    int64
	typ, text string
}

const sampleSQL = `SELECT r.tenant, r.type, left(` + searchText + `, $2) FROM resource r TABLESAMPLE SYSTEM ($1)`

// sample is the last one, taken anew where it is old. nil where there is none, or
// where somebody else is taking the first.
func (s *Store) sample(ctx context.Context) *sample {
	last := s.sampler.last.Load()
	if last != nil && time.Since(last.taken) < sampleAge || !s.sampler.busy.TryLock() {
		return last
	}
	defer s.sampler.busy.Unlock()
	fresh, err := s.takeSample(ctx)
	if err != nil {
		return last // the query itself will say what is wrong
	}
	s.sampler.last.Store(fresh)
	return fresh
}

func (s *Store) takeSample(ctx context.Context) (*sample, error) {
	var pages int64
	if err := s.pool.QueryRow(ctx, "SELECT pg_relation_size('resource') / current_setting('block_size')::bigint").Scan(&pages); err != nil {
		return nil, err
	}
	taken := &sample{taken: time.Now(), share: min(1, sampledPages/float64(max(pages, 1))), having: map[string][]int{}}
	rows, err := s.pool.Query(ctx, sampleSQL, float32(100*taken.share), sampledText)
	if err != nil {
		return nil, err
	}
	taken.texts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (one sampled, err error) {
		err = row.Scan(&one.tenant, &one.typ, &one.text)
		return one, err
	})
	for i, one := range taken.texts {
		for trigram := range trigrams(one.text) {
			taken.having[trigram] = append(taken.having[trigram], i)
		}
	}
	return taken, err
}

// trigrams are the rows of three ASCII letters or digits in a text, those that the
// index has in any locale: in lower case, as it has them, and where each stands.
func trigrams(text string) map[string][]int {
	all := map[string][]int{}
	run := 0
	for i := range len(text) {
		c := text[i] | 0x20 // a letter in lower case; digits have the bit
		if run++; (c < 'a' || c > 'z') && (c < '0' || c > '9' || text[i] < '0') {
			run = 0
		}
		if run < 3 {
			continue
		}
		trigram := strings.ToLower(text[i-2 : i+1])
		all[trigram] = append(all[trigram], i-2)
	}
	return all
}

// estimate is about how many resources of a type have one of some texts in their
// search text; 0 where the sample cannot say.
func (s *sample) estimate(tenant store.TenantID, typ string, texts []string) int {
	if s == nil {
		return 0
	}
	found := map[int]bool{}
	for _, text := range texts {
		for _, i := range s.candidates(text) {
			if one := &s.texts[i]; one.tenant == int64(tenant) && one.typ == typ && strings.Contains(one.text, text) {
				found[i] = true
			}
		}
	}
	if len(found) < leastSampled {
		return 0
	}
	return int(float64(len(found)) / s.share)
}

// candidates are the places of texts that have all trigrams of one; of all where it
// has none.
func (s *sample) candidates(text string) []int {
	all := s.rareFirst(trigrams(text))
	if len(all) == 0 {
		list := make([]int, len(s.texts))
		for i := range list {
			list[i] = i
		}
		return list
	}
	left := s.having[all[0]]
	for _, trigram := range all[1:] {
		left = inBoth(left, s.having[trigram])
	}
	return left
}

// rareFirst are trigrams in an order that is always the same.
func (s *sample) rareFirst(all map[string][]int) []string {
	list := slices.Sorted(maps.Keys(all))
	slices.SortStableFunc(list, func(a, b string) int { return len(s.having[a]) - len(s.having[b]) })
	return list
}

// rarest are the parts of a text that few resources have together, in their
// order, or the text itself. What has the text has all of them.
func (s *sample) rarest(text string) []string {
	all := trigrams(text)
	if s == nil || len(all) < 2 {
		return []string{text}
	}
	list := s.rareFirst(all)
	// A trigram that stands in the text again costs the index nothing, and spares
	// candidates that have it once.
	left, starts := s.having[list[0]], all[list[0]]
	list = list[1:]
	for range mostRare - 1 {
		// Of two that stand in the same texts, such as those of one word, one will do:
		// a list is worth its reading where it spares that many looks. One more than
		// the sample has may always be spared.
		best, most, fewer := -1, 0, left
		for i, trigram := range list {
			having := s.having[trigram]
			both := inBoth(left, having)
			if worth := readAsOne*(len(left)-len(both)+1) - len(having); worth > most {
				best, most, fewer = i, worth, both
			}
		}
		if best < 0 {
			break
		}
		starts, left = append(starts, all[list[best]]...), fewer
		list = slices.Delete(list, best, best+1)
	}
	return joined(text, starts)
}

// patterns are the rarest parts of some texts, those of texts that differ in what
// is not looked for once: "Ann42" as it was typed and "ann42" as keys are kept.
func (s *sample) patterns(texts []string) [][]string {
	var all [][]string
	for _, text := range texts {
		parts := s.rarest(text)
		if !slices.ContainsFunc(all, func(other []string) bool { return slices.Equal(other, parts) }) {
			all = append(all, parts)
		}
	}
	return all
}

// inBoth are the places that two lists in order have both.
func inBoth(a, b []int) []int {
	if len(a) > len(b) {
		a, b = b, a
	}
	var both []int
	for _, place := range a {
		at, found := slices.BinarySearch(b, place)
		if found {
			both = append(both, place)
		}
		b = b[at:]
	}
	return both
}

// joined are the rows of three that begin at some places of a text, those that
// overlap as one: a candidate is asked once for all of them, in their order.
func joined(text string, starts []int) []string {
	slices.Sort(starts)
	var parts []string
	from := starts[0]
	for i, start := range starts {
		if end := start + 3; i+1 == len(starts) || starts[i+1] >= end {
			parts = append(parts, text[from:end])
			if i+1 < len(starts) {
				from = starts[i+1]
			}
		}
	}
	return parts
}
