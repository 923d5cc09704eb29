package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"rollcall/internal/testpg"
	"rollcall/internal/trial"
)

// clients is the number of connections of the throughput figures.
const clients = 32

// bed is what everything is measured on: one cluster with a small and a big
// directory, a server on each, and the floors beside them.
type bed struct {
	cluster    *testpg.Cluster
	client     *http.Client
	small, big *directory
	// users is how many big has.
	users int
	// groups is made when the first figure asks for it.
	groups *groupDirectory
	stops  []func()
}

// directory is one database with its server.
type directory struct {
	base, url string
	users     int
	pool      *pgxpool.Pool
	ids       []string
}

const smallUsers = 1000

// newBed starts a cluster, with both directories where a figure needs them.
func newBed(ctx context.Context, users int, directories bool) (*bed, error) {
	cluster, err := testpg.Start(ctx, testpg.Options{Durable: true, Settings: map[string]string{
		"shared_buffers": "6GB", "max_wal_size": "8GB", "effective_cache_size": "12GB", "checkpoint_timeout": "30min",
	}})
	if err != nil {
		return nil, err
	}
	b := &bed{cluster: cluster, users: users, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * clients}}}
	if !directories {
		return b, nil
	}
	if b.small, err = b.open(ctx, "small", smallUsers); err == nil {
		b.big, err = b.open(ctx, "big", users)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bed) close() {
	for i := len(b.stops) - 1; i >= 0; i-- {
		b.stops[i]()
	}
	b.cluster.Stop()
}

// open makes a database, serves it and fills it through the server.
func (b *bed) open(ctx context.Context, name string, users int) (*directory, error) {
	url, err := b.cluster.CreateDatabase(ctx, name)
	if err != nil {
		return nil, err
	}
	server, err := trial.Start(ctx, trial.Options{Database: url})
	if err != nil {
		return nil, err
	}
	b.stops = append(b.stops, func() { _ = server.Stop() })
	d := &directory{base: server.Root, url: url, users: users}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = clients
	if d.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	b.stops = append(b.stops, d.pool.Close)
	return d, b.fill(ctx, d, name)
}

// fill creates the users through the server, without waiting for the disk: how
// they got there is not measured.
func (b *bed) fill(ctx context.Context, d *directory, name string) error {
	begin := time.Now()
	if _, err := d.pool.Exec(ctx, "ALTER SYSTEM SET synchronous_commit = off"); err != nil {
		return err
	}
	if _, err := d.pool.Exec(ctx, "SELECT pg_reload_conf()"); err != nil {
		return err
	}
	d.ids = make([]string, d.users)
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range clients {
		group.Go(func() error {
			for {
				n := int(next.Add(1)) - 1
				if n >= d.users {
					return nil
				}
				answer, err := b.send(ctx, http.MethodPost, d.base+"/scim/v2/Users", userBody("", n), http.StatusCreated)
				if err != nil {
					return err
				}
				var created struct {
					ID string `json:"id"`
				}
				if err := json.Unmarshal(answer, &created); err != nil {
					return err
				}
				d.ids[n] = created.ID
			}
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	ctx = context.WithoutCancel(ctx)
	for _, sql := range []string{"ALTER SYSTEM RESET synchronous_commit", "SELECT pg_reload_conf()", "VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := d.pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	slog.Info("directory filled", "name", name, "users", d.users, "took", time.Since(begin).Round(time.Millisecond))
	return nil
}

// send sends one request and reads the answer.
func (b *bed) send(ctx context.Context, method, url string, body []byte, want int) ([]byte, error) {
	return b.sendAs(ctx, trial.Token, method, url, body, want)
}

// sendAs is send with another token.
func (b *bed) sendAs(ctx context.Context, token, method, url string, body []byte, want int) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	switch {
	case body != nil && strings.Contains(url, "/api/v1/"):
		request.Header.Set("Content-Type", "application/json")
	case body != nil:
		request.Header.Set("Content-Type", "application/scim+json")
	}
	response, err := b.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != want {
		return nil, fmt.Errorf("%s: status %d: %.200s", method, response.StatusCode, answer)
	}
	return answer, nil
}
