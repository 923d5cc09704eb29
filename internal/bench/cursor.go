package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// measureCursor compares a page by cursor from the middle of the big directory
// with the first page, in an order that is not that of ids; the figure is the
// worse of all users and of those of one department.
func measureCursor(ctx context.Context, b *bed) (result, error) {
	const order = "/scim/v2/Users?count=100&sortBy=userName"
	all, err := b.compareDepth(ctx, order, b.big.users/2)
	if err != nil {
		return result{}, err
	}
	some, err := b.compareDepth(ctx, order+"&filter="+url.QueryEscape(fmt.Sprintf(`%s:department eq %q`, enterprise, departments[0])), b.big.users/len(departments)/2)
	if err != nil {
		return result{}, err
	}
	return result{
		max(all.ratio, some.ratio),
		fmt.Sprintf("%s,filtered=%s", all.floor, some.floor),
		fmt.Sprintf("%s,filtered=%s", all.subject, some.subject),
	}, nil
}

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// compareDepth compares the first page of a query with one that lies behind a
// number of resources, in turn.
func (b *bed) compareDepth(ctx context.Context, path string, depth int) (result, error) {
	// The floor is the first page without a cursor: the first one of a walk also
	// looks at what changed lately, and here that is all of the directory.
	first := b.big.base + path
	walk := first + "&cursor="
	cursor := ""
	for at := 0; at < depth; at += 100 {
		answer, err := b.send(ctx, http.MethodGet, walk+cursor, nil, http.StatusOK)
		if err != nil {
			return result{}, err
		}
		var page struct {
			Next string `json:"nextCursor"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return result{}, err
		}
		if page.Next == "" {
			break
		}
		cursor = page.Next
	}
	get := func(url string) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			_, err := b.send(ctx, http.MethodGet, url, nil, http.StatusOK)
			return err
		}
	}
	var ratios, firsts, deeps []float64
	for range rounds {
		shallow, err := latencies(ctx, 50, get(first))
		if err != nil {
			return result{}, err
		}
		deep, err := latencies(ctx, 50, get(walk+cursor))
		if err != nil {
			return result{}, err
		}
		ratios = append(ratios, median(deep)/median(shallow))
		firsts, deeps = append(firsts, median(shallow)), append(deeps, median(deep))
	}
	return result{median(ratios), fmt.Sprintf("%.2fms", median(firsts)), fmt.Sprintf("%.2fms@%d", median(deeps), depth)}, nil
}
