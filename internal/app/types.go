package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"rollcall/schemas"
	"rollcall/scim/schema"
)

// types compiles the documents of the server and those of --schemas.
func (c *Config) types() (*schema.Registry, error) {
	if c.Schemas == "" {
		return schema.Load(schemas.Documents)
	}
	info, err := os.Stat(c.Schemas)
	if err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("schemas: %s is not a directory", c.Schemas)
	}
	registry, err := schema.Load(documents{own: schemas.Documents, added: os.DirFS(c.Schemas)})
	if err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	return registry, nil
}

// documents shows two directories as one. A name that both have is refused:
// nobody shall replace the User schema by accident.
type documents struct{ own, added fs.FS }

func (d documents) Open(name string) (fs.File, error) {
	file, err := d.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return d.added.Open(name)
	}
	return file, err
}

// Glob implements fs.GlobFS.
func (d documents) Glob(pattern string) ([]string, error) {
	own, err := fs.Glob(d.own, pattern)
	if err != nil {
		return nil, err
	}
	added, err := fs.Glob(d.added, pattern)
	if err != nil {
		return nil, err
	}
	for _, name := range added {
		if _, err := fs.Stat(d.own, name); err == nil {
			return nil, fmt.Errorf("%s is the name of a built-in document", filepath.Base(name))
		}
	}
	names := append(own, added...)
	sort.Strings(names)
	return names, nil
}
