package testpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options says what cluster to start. The zero value is one for tests.
type Options struct {
	// Durable keeps fsync and synchronous commit on, as a measurement needs.
	// Without it the cluster trades safety for speed.
	Durable bool
	// MaxConnections is 300 when zero.
	MaxConnections int
	// Settings are further server settings, such as "shared_buffers": "1GB".
	Settings map[string]string
}

// Cluster is one running cluster.
type Cluster struct {
	// URL connects to the maintenance database as superuser.
	URL string

	dir    string
	server *process
	stop   sync.Once
}

// ErrNoBinaries says that PostgreSQL is not installed.
var ErrNoBinaries = errors.New("no PostgreSQL server found in /usr/lib/postgresql/*/bin or PATH (`make test` installs it)")

// startAttempts is how often another port is tried: between finding a free one
// and using it, somebody else may take it.
const startAttempts = 5

// Start initialises and starts a cluster in a temporary directory.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "rollcall-pg-")
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	cluster := &Cluster{dir: dir}
	if err := giveAway(dir); err != nil {
		cluster.Stop()
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	if err := initialise(ctx, binaries, dir); err != nil {
		cluster.Stop()
		return nil, err
	}
	for range startAttempts {
		if err = cluster.launch(ctx, binaries, options); err == nil {
			return cluster, nil
		}
	}
	cluster.Stop()
	return nil, err
}

func initialise(ctx context.Context, binaries, dir string) error {
	var output bytes.Buffer
	initdb := exec.CommandContext(ctx, filepath.Join(binaries, "initdb"), //nolint:gosec // a path that we found
		"--pgdata", filepath.Join(dir, "data"), "--username", "postgres", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir, initdb.Stdout, initdb.Stderr = dir, &output, &output
	if err := dropPrivileges(initdb); err != nil {
		return err
	}
	if err := initdb.Run(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output.String())
	}
	return nil
}

// launch starts the server and waits until it answers.
func (c *Cluster) launch(ctx context.Context, binaries string, options Options) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	server := exec.Command(filepath.Join(binaries, "postgres"), arguments(c.dir, port, options)...) //nolint:gosec,noctx // lives beyond ctx
	log, err := os.Create(filepath.Join(c.dir, "server.log"))
	if err != nil {
		return fmt.Errorf("start cluster: %w", err)
	}
	defer func() { _ = log.Close() }()
	server.Dir, server.Stdout, server.Stderr = c.dir, log, log
	if err := dropPrivileges(server); err != nil {
		return err
	}
	running, err := startProcess(server)
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	c.URL = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := c.await(ctx, running); err != nil {
		running.stop()
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("start postgres: %w: %s", err, text)
	}
	c.server = running
	return nil
}

// await returns when the server answers, has ended, or took too long.
func (c *Cluster) await(ctx context.Context, running *process) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		connection, err := pgx.Connect(ctx, c.URL)
		if err == nil {
			return connection.Close(ctx)
		}
		select {
		case <-running.done:
			return errors.New("server ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func arguments(dir string, port int, options Options) []string {
	settings := map[string]string{
		"port": strconv.Itoa(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": dir,
		"max_connections": "300", "log_min_messages": "fatal", "timezone": "UTC",
	}
	if options.MaxConnections > 0 {
		settings["max_connections"] = strconv.Itoa(options.MaxConnections)
	}
	if !options.Durable {
		settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"] = "off", "off", "off"
	}
	for name, value := range options.Settings {
		settings[name] = value
	}
	list := []string{"-D", filepath.Join(dir, "data")}
	for name, value := range settings {
		list = append(list, "-c", name+"="+value)
	}
	return list
}

// CreateDatabase makes an empty database and returns its URL.
func (c *Cluster) CreateDatabase(ctx context.Context, name string) (string, error) {
	return c.copyDatabase(ctx, name, empty)
}

// empty is the database of PostgreSQL that has nothing in it.
const empty = "template0"

// copyDatabase makes a database with what is in another, which nobody may be
// connected to.
func (c *Cluster) copyDatabase(ctx context.Context, name, original string) (string, error) {
	if err := c.execute(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+pgx.Identifier{original}.Sanitize()); err != nil {
		return "", err
	}
	address, err := url.Parse(c.URL)
	if err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	address.Path = "/" + name
	return address.String(), nil
}

// DropDatabase ends the connections to a database and drops it.
func (c *Cluster) DropDatabase(ctx context.Context, name string) error {
	return c.execute(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
}

func (c *Cluster) execute(ctx context.Context, sql string) error {
	connection, err := pgx.Connect(ctx, c.URL)
	if err != nil {
		return fmt.Errorf("connect to cluster: %w", err)
	}
	defer func() { _ = connection.Close(ctx) }()
	if _, err := connection.Exec(ctx, sql); err != nil {
		return fmt.Errorf("manage databases: %w", err)
	}
	return nil
}

// Stop ends the server at once and removes its files. It may be called twice.
func (c *Cluster) Stop() {
	c.stop.Do(func() {
		if c.server != nil {
			c.server.stop()
		}
		if c.dir != "" {
			_ = os.RemoveAll(c.dir)
		}
	})
}

// findBinaries returns the folder of the newest installed server.
func findBinaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) > 0 {
		version := func(path string) int {
			number, _ := strconv.Atoi(strings.Split(path, "/")[4])
			return number
		}
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	for _, name := range []string{"postgres", "initdb"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Dir(path), nil
		}
	}
	return "", ErrNoBinaries
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to wait for
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
