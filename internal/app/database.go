package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	"rollcall/internal/validation"
	"rollcall/store"
	"rollcall/store/postgres"
	"rollcall/store/sqlite"
)

// OpenStore opens the database that a --database flag names, and makes the file
// that it names where that is missing. It does not migrate. No password reaches its
// errors.
func OpenStore(ctx context.Context, database string) (store.Store, error) {
	return openStore(ctx, database, sqlite.Options{})
}

// OpenExisting is OpenStore for what fills no new database: a file that is missing
// was mistyped. It is not made, and an ErrNoDatabase.
func OpenExisting(ctx context.Context, database string) (store.Store, error) {
	opened, err := openStore(ctx, database, sqlite.Options{Existing: true})
	if path, ok := sqlitePath(database); ok && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoDatabase)
	}
	return opened, err
}

// ErrNoDatabase says that there is no file of a database.
var ErrNoDatabase = errors.New("the file does not exist")

func openStore(ctx context.Context, database string, options sqlite.Options) (store.Store, error) {
	if path, ok := sqlitePath(database); ok {
		if path == "" {
			return nil, errors.New("database: sqlite: needs a file, such as sqlite:rollcall.db")
		}
		opened, err := sqlite.Open(ctx, path, options)
		if err != nil {
			return nil, err
		}
		return opened, nil
	}
	if !isPostgres(database) {
		return nil, errors.New("database is neither sqlite:FILE nor a postgres:// URL")
	}
	if _, err := url.Parse(database); err != nil {
		// The error of url.Parse quotes the whole URL.
		return nil, errors.New("database: the postgres URL cannot be parsed; characters such as @ : / % in a password must be percent-encoded")
	}
	opened, err := postgres.Open(ctx, database, postgres.Options{})
	if err != nil {
		return nil, WithoutSecrets(err, database)
	}
	return opened, nil
}

// sqlitePath accepts sqlite:FILE and, as other programs write it,
// sqlite:///absolute/file.
func sqlitePath(database string) (string, bool) {
	path, ok := strings.CutPrefix(database, "sqlite:")
	return strings.TrimPrefix(path, "//"), ok
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// databaseName is what a log may say about the database: no user, no password,
// no parameters.
func databaseName(database string) string {
	if path, ok := sqlitePath(database); ok {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		return "sqlite:" + path
	}
	u, err := url.Parse(database)
	if err != nil {
		return "postgres"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// scrubbedError hides the password of a database URL in the text of an error
// and leaves the error as it is for errors.Is.
type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string        { return e.text }
func (e *scrubbedError) Is(target error) bool { return errors.Is(e.err, target) }

// As hands out what holds no secret, and nothing else.
func (e *scrubbedError) As(target any) bool {
	wrong, ok := target.(**validation.Error)
	return ok && errors.As(e.err, wrong)
}

// WithoutSecrets hides the password of a database URL in an error.
func WithoutSecrets(err error, database string) error {
	if err == nil {
		return nil
	}
	text := strings.ReplaceAll(err.Error(), database, databaseName(database))
	for _, secret := range secretsOf(database) {
		text = strings.ReplaceAll(text, secret, "xxxxx")
	}
	return &scrubbedError{text: text, err: err}
}

// secretsOf returns the password as it is and as it stands in the URL.
func secretsOf(database string) []string {
	u, err := url.Parse(database)
	if err != nil {
		return nil
	}
	var secrets []string
	add := func(secret string) {
		if secret != "" {
			secrets = append(secrets, secret, url.QueryEscape(secret), url.PathEscape(secret))
		}
	}
	if password, ok := u.User.Password(); ok {
		add(password)
		if _, raw, found := strings.Cut(u.User.String(), ":"); found {
			secrets = append(secrets, raw)
		}
	}
	for _, name := range []string{"password", "sslpassword"} {
		add(u.Query().Get(name))
	}
	return secrets
}
