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
	// trigrams are in how many of the texts each stands.
	trigrams map[string]int
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
	taken := &sample{taken: time.Now(), share: min(1, sampledPages/float64(max(pages, 1))), trigrams: map[string]int{}}
	rows, err := s.pool.Query(ctx, sampleSQL, float32(100*taken.share), sampledText)
	if err != nil {
		return nil, err
	}
	taken.texts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (one sampled, err error) {
		err = row.Scan(&one.tenant, &one.typ, &one.text)
		return one, err
	})
	for _, one := range taken.texts {
		for trigram := range trigrams(one.text) {
			taken.trigrams[trigram]++
		}
	}
	return taken, err
}

// trigrams are the rows of three ASCII letters or digits in a text, those that the
// index has in any locale: in lower case, as it has them, and where each begins.
func trigrams(text string) map[string]int {
	all := map[string]int{}
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
		if _, again := all[trigram]; !again {
			all[trigram] = i - 2
		}
	}
	return all
}

// estimate is about how many resources of a type have one of some texts in their
// search text; 0 where the sample cannot say.
func (s *sample) estimate(tenant store.TenantID, typ string, texts []string) int {
	if s == nil {
		return 0
	}
	found := 0
	for _, one := range s.texts {
		if one.tenant == int64(tenant) && one.typ == typ && slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(one.text, text) }) {
			found++
		}
	}
	if found < leastSampled {
		return 0
	}
	return int(float64(found) / s.share)
}

// rarest are the parts of a text that few resources have together, in their
// order, or the text itself. What has the text has all of them.
func (s *sample) rarest(text string) []string {
	all := trigrams(text)
	if s == nil || len(all) < 2 {
		return []string{text}
	}
	list := slices.Sorted(maps.Keys(all))
	slices.SortStableFunc(list, func(a, b string) int { return s.trigrams[a] - s.trigrams[b] })
	left := s.texts
	var starts []int
	for len(starts) < mostRare && len(list) > 0 {
		written := func(i int) string { return text[all[list[i]] : all[list[i]]+3] }
		best, fewest := 0, having(left, written(0))
		// Of two that stand in the same texts, such as those of one word, one will do.
		for i := 1; i < len(list) && len(starts) > 0 && len(fewest) > 0; i++ {
			if found := having(left, written(i)); len(found) < len(fewest) {
				best, fewest = i, found
			}
		}
		starts, left = append(starts, all[list[best]]), fewest
		list = slices.Delete(list, best, best+1)
	}
	return joined(text, starts)
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

// having are the texts that a part stands in.
func having(texts []sampled, part string) []sampled {
	var list []sampled
	for _, one := range texts {
		if strings.Contains(one.text, part) {
			list = append(list, one)
		}
	}
	return list
}
