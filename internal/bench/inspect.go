package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// measureInspect compares GET by id with and without the request inspector, on a
// server that does nothing but answer: most of them are beyond what is remembered.
func measureInspect(ctx context.Context, b *bed) (result, error) {
	plain, inspected, err := inspection(ctx, b)
	if err != nil {
		return result{}, err
	}
	ratio, floor, subject, err := compareRates(ctx, plain, inspected)
	return result{ratio, perSecond(floor), perSecond(subject)}, err
}

// inspectPause is between two requests of measureInspected, so that each is
// remembered.
const inspectPause = 12 * time.Millisecond

// measureInspected compares the time of a GET that is remembered with that of one
// that is not.
func measureInspected(ctx context.Context, b *bed) (result, error) {
	plain, inspected, err := inspection(ctx, b)
	if err != nil {
		return result{}, err
	}
	paced := func(op func(context.Context, int) error) ([]float64, error) {
		var times []float64
		for n := range 250 {
			time.Sleep(inspectPause)
			begin := time.Now()
			if err := op(ctx, n); err != nil {
				return nil, err
			}
			times = append(times, float64(time.Since(begin))/float64(time.Millisecond))
		}
		return times, nil
	}
	var ratios, floors, subjects []float64
	for range rounds {
		floor, err := paced(plain)
		if err != nil {
			return result{}, err
		}
		subject, err := paced(inspected)
		if err != nil {
			return result{}, err
		}
		ratios = append(ratios, median(subject)/median(floor))
		floors, subjects = append(floors, median(floor)), append(subjects, median(subject))
	}
	return result{median(ratios), fmt.Sprintf("%.3fms", median(floors)), fmt.Sprintf("%.3fms", median(subjects))}, nil
}

// inspection is a GET by a connection that is not inspected and by one that is.
func inspection(ctx context.Context, b *bed) (plain, inspected func(context.Context, int) error, err error) {
	by := func(options string) (func(context.Context, int) error, error) {
		name := fmt.Sprintf("inspect-%d", time.Now().UnixNano())
		if _, err := b.administer(ctx, "/connections", `{"name":"`+name+`","options":`+options+`}`); err != nil {
			return nil, err
		}
		answer, err := b.administer(ctx, "/tokens", `{"connection":"`+name+`","scopes":["scim:read"]}`)
		if err != nil {
			return nil, err
		}
		var made struct {
			Token string `json:"token"`
		}
		if err := json.Unmarshal(answer, &made); err != nil {
			return nil, err
		}
		return func(ctx context.Context, _ int) error {
			_, err := b.sendAs(ctx, made.Token, http.MethodGet, b.big.base+"/scim/v2/Users/"+b.big.ids[rand.IntN(len(b.big.ids))], nil, http.StatusOK)
			return err
		}, nil
	}
	if plain, err = by(`{}`); err == nil {
		inspected, err = by(`{"inspect":true}`)
	}
	return plain, inspected, err
}

// administer makes something by the admin API of the big directory.
func (b *bed) administer(ctx context.Context, path, body string) ([]byte, error) {
	return b.send(ctx, http.MethodPost, b.big.base+"/api/v1"+path, bytes.TrimSpace([]byte(body)), http.StatusCreated)
}
