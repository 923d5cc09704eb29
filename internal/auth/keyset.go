package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rollcall/store"
)

const (
	// keysFor is how long keys are used before they are read again, and so how
	// long a withdrawn key is still believed.
	keysFor = 10 * time.Minute
	// rereadAfter is the least time between two reads, whatever tokens ask
	// for: a stranger who invents key ids cannot make this server hammer the
	// issuer.
	rereadAfter  = 30 * time.Second
	fetchTimeout = 5 * time.Second
	maxKeySet    = 1 << 20
	// maxCandidates bounds the signatures that one token can make us check.
	maxCandidates = 8
)

// errKeysUnavailable says that the keys could never be read, so that nothing
// can be said about a token.
var errKeysUnavailable = fmt.Errorf("JWT keys: %w", store.ErrUnavailable)

// keySet holds the public keys of the issuer. Keys that were read stay in use
// while the issuer cannot be reached.
type keySet struct {
	read   func(ctx context.Context) ([]byte, error)
	now    func() time.Time
	logger *slog.Logger

	current atomic.Pointer[loadedKeys]
	// reading admits one reader at a time; tried is guarded by it.
	reading sync.Mutex
	tried   time.Time
}

type loadedKeys struct {
	keys []verificationKey
	at   time.Time
}

// newKeySet refuses a file that cannot be read. A URL that does not answer is
// only logged: the issuer may come up after this server.
func newKeySet(source string, now func() time.Time, logger *slog.Logger) (*keySet, error) {
	s := &keySet{now: now, logger: logger}
	isURL := strings.Contains(source, "://")
	if isURL {
		location, err := url.Parse(source)
		if err != nil {
			return nil, errors.New("JWT key URL cannot be parsed")
		}
		if err := checkKeyURL(location); err != nil {
			return nil, err
		}
		client := newKeyClient()
		s.read = func(ctx context.Context) ([]byte, error) { return fetchKeys(ctx, client, source) }
	} else {
		s.read = func(context.Context) ([]byte, error) {
			return os.ReadFile(source) //nolint:gosec // the operator names the file
		}
	}
	if err := s.reread(context.Background()); err != nil {
		if !isURL {
			return nil, fmt.Errorf("JWT keys: %w", err)
		}
		logger.Warn("JWT keys cannot be read yet", "error", err)
	}
	return s, nil
}

// find returns the keys that may have signed a token. An id that is unknown
// leads to one bounded read, keys that are out of date to one beside the
// requests that go on with them.
func (s *keySet) find(ctx context.Context, kid, algorithm string) ([]jwt.VerificationKey, error) {
	loaded := s.current.Load()
	found := loaded.candidates(kid, algorithm)
	switch {
	case len(found) == 0:
		s.reading.Lock()
		s.refresh(ctx, loaded)
		loaded = s.current.Load()
		found = loaded.candidates(kid, algorithm)
	case s.now().Sub(loaded.at) > keysFor && s.reading.TryLock():
		go s.refresh(ctx, loaded)
	}
	switch {
	case loaded == nil:
		return nil, errKeysUnavailable
	case len(found) == 0:
		return nil, errors.New("key is unknown")
	}
	return found, nil
}

func (l *loadedKeys) candidates(kid, algorithm string) []jwt.VerificationKey {
	if l == nil {
		return nil
	}
	var found []jwt.VerificationKey
	for _, key := range l.keys {
		if (kid == "" || key.kid == kid) && slices.Contains(key.algorithms, algorithm) && len(found) < maxCandidates {
			found = append(found, key.public)
		}
	}
	return found
}

// refresh reads the keys again unless that was just tried, or another request
// has done it while this one waited. The caller holds reading; refresh gives
// it back.
func (s *keySet) refresh(ctx context.Context, seen *loadedKeys) {
	defer s.reading.Unlock()
	if s.current.Load() != seen || s.now().Sub(s.tried) < rereadAfter {
		return
	}
	// A caller who goes away must not spoil the read for those who wait.
	if err := s.reread(context.WithoutCancel(ctx)); err != nil {
		s.logger.Warn("JWT keys not read again, those known stay in use", "error", err)
	}
}

func (s *keySet) reread(ctx context.Context) error {
	s.tried = s.now()
	document, err := s.read(ctx)
	if err != nil {
		return err
	}
	keys, problems, err := parseKeys(document)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		s.logger.Warn("JWT key passed over", "error", problem)
	}
	if len(keys) == 0 {
		return errors.New("key set holds no key for signatures")
	}
	s.current.Store(&loadedKeys{keys: keys, at: s.tried})
	return nil
}

// checkKeyURL refuses a way on which somebody could swap the keys.
func checkKeyURL(location *url.URL) error {
	if err := CheckSource(location); err != nil {
		return fmt.Errorf("JWT key URL %w", err)
	}
	return nil
}

// CheckSource refuses the address of something that says whom to believe, such as
// keys, when somebody on the way could change what it says: it is https, or http
// on this machine.
func CheckSource(location *url.URL) error {
	host := location.Hostname()
	address := net.ParseIP(host)
	loopback := host == "localhost" || address != nil && address.IsLoopback()
	switch {
	case host == "":
		return errors.New("has no host")
	case location.Scheme == "https", location.Scheme == "http" && loopback:
		return nil
	}
	return errors.New("must begin with https://")
}

func newKeyClient() *http.Client {
	return &http.Client{
		Timeout: fetchTimeout,
		CheckRedirect: func(request *http.Request, via []*http.Request) error {
			if len(via) >= 3 {
				return errors.New("too many redirects")
			}
			return checkKeyURL(request.URL)
		},
	}
}

func fetchKeys(ctx context.Context, client *http.Client, source string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, source, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("key set answers with status %d", response.StatusCode)
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err == nil && len(document) > maxKeySet {
		err = errors.New("key set is too large")
	}
	return document, err
}
