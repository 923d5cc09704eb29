package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// Decoded are the resources of a page of a query as maps, for who works on any
// attribute of them. Numbers are json.Number.
func Decoded(ctx context.Context, list *List) ([]map[string]any, error) {
	var text bytes.Buffer
	if err := list.WriteTo(ctx, &text); err != nil {
		return nil, err
	}
	var page struct{ Resources []map[string]any }
	decoder := json.NewDecoder(&text)
	decoder.UseNumber()
	if err := decoder.Decode(&page); err != nil {
		return nil, fmt.Errorf("read a page of a query: %w", err)
	}
	return page.Resources, nil
}
