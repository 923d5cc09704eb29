package app

import (
	"fmt"
	"os"

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
	registry, err := schema.Load(schemas.Documents, os.DirFS(c.Schemas))
	if err != nil {
		return nil, fmt.Errorf("schemas: %s: %w", c.Schemas, err)
	}
	return registry, nil
}
