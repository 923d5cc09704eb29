package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"rollcall/internal/trial"
)

// measureGet compares GET by id with echo and pgx that send the stored text
// verbatim.
func measureGet(ctx context.Context, b *bed) (result, error) {
	d := b.big
	floorURL, stop, err := serveVerbatim(ctx, d)
	if err != nil {
		return result{}, err
	}
	defer stop()
	get := func(base string) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			_, err := b.send(ctx, http.MethodGet, base+"/scim/v2/Users/"+d.ids[rand.IntN(len(d.ids))], nil, http.StatusOK)
			return err
		}
	}
	ratio, floor, subject, err := compareRates(ctx, get(floorURL), get(d.base))
	return result{ratio, perSecond(floor), perSecond(subject)}, err
}

// serveVerbatim is the floor of a GET.
func serveVerbatim(ctx context.Context, d *directory) (string, func(), error) {
	listen, err := trial.FreeAddress(ctx)
	if err != nil {
		return "", nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	var tenant int64
	if err := d.pool.QueryRow(ctx, "SELECT id FROM tenant WHERE name = 'default'").Scan(&tenant); err != nil {
		return "", nil, err
	}
	e.GET("/scim/v2/Users/:id", func(c echo.Context) error {
		id, err := uuid.Parse(c.Param("id"))
		if err != nil {
			return err
		}
		var doc []byte
		row := d.pool.QueryRow(c.Request().Context(), "SELECT doc FROM resource WHERE tenant = $1 AND type = 'User' AND id = $2", tenant, [16]byte(id))
		if err := row.Scan(&doc); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/scim+json", doc)
	})
	go func() { _ = e.Start(listen) }()
	for range 200 {
		if e.Listener != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return "http://" + listen, func() { _ = e.Close() }, nil
}

// measureCreate compares POST /Users, with its audit row, event and indexes,
// with a raw insert of the same row into the same indexes.
func measureCreate(ctx context.Context, b *bed) (result, error) {
	// A directory of its own: the others keep the size that they are named for.
	d, err := b.open(ctx, "growing", smallUsers)
	if err != nil {
		return result{}, err
	}
	run := fmt.Sprintf("c%d-", time.Now().UnixNano())
	insert, err := rawInsert(ctx, d, run)
	if err != nil {
		return result{}, err
	}
	ratio, floor, subject, err := compareRates(ctx, insert, func(ctx context.Context, _ int) error {
		_, err := b.send(ctx, http.MethodPost, d.base+"/scim/v2/Users", userBody(run, rand.IntN(1<<62)), http.StatusCreated)
		return err
	})
	return result{ratio, perSecond(floor), perSecond(subject)}, err
}

// rawInsert is the floor of a create: the row of a user that the server made,
// under other keys. The floor's table has the server's own indexes.
func rawInsert(ctx context.Context, d *directory, run string) (func(context.Context, int) error, error) {
	if _, err := d.pool.Exec(ctx, "CREATE TABLE floor_resource (LIKE resource INCLUDING ALL)"); err != nil {
		return nil, err
	}
	if _, err := d.pool.Exec(ctx, "INSERT INTO floor_resource SELECT * FROM resource"); err != nil {
		return nil, err
	}
	if _, err := d.pool.Exec(ctx, "ANALYZE floor_resource"); err != nil {
		return nil, err
	}
	var row struct {
		tenant                           int64
		external, sortName, label        string
		status, source, client, doc, idx string
		due                              time.Time
	}
	const model = `SELECT tenant, external_id, sort_name, label, status, source, source_client, due, doc, idx::text FROM resource WHERE type = 'User' AND id = $1`
	if err := d.pool.QueryRow(ctx, model, d.ids[0]).Scan(&row.tenant, &row.external, &row.sortName, &row.label, &row.status, &row.source, &row.client, &row.due, &row.doc, &row.idx); err != nil {
		return nil, err
	}
	return func(ctx context.Context, _ int) error {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		// The values differ from row to row as those of the subject do.
		name := run + id.String()
		own := strings.NewReplacer("user0000000", name, "Given0", "Given"+name, "Family0", "Family"+name, "given0", "given"+name, "family0", "family"+name)
		_, err = d.pool.Exec(ctx, insertSQL, row.tenant, [16]byte(id), name, name, own.Replace(row.sortName), row.label, time.Now(), row.status, row.source, row.client, row.due,
			own.Replace(row.doc), own.Replace(row.idx))
		return err
	}, nil
}

const insertSQL = `INSERT INTO floor_resource (tenant, type, id, uniq, external_id, sort_name, label, created, modified, version,
	facts_revision, status, reason, source, source_client, api_only, due, doc, idx)
	VALUES ($1, 'User', $2, $3, $4, $5, $6, $7, $7, 1, 1, $8, '', $9, $10, false, $11, $12, $13)`

// measureLookup compares finding a user by name among many and among few.
func measureLookup(ctx context.Context, b *bed) (result, error) {
	return measureGrowth(ctx, b, lookupPath)
}

// measureEmail is the same by one element of a multi-valued attribute.
func measureEmail(ctx context.Context, b *bed) (result, error) {
	return measureGrowth(ctx, b, emailPath)
}

func measureGrowth(ctx context.Context, b *bed, path func(int) string) (result, error) {
	find := func(d *directory) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			answer, err := b.send(ctx, http.MethodGet, d.base+path(rand.IntN(d.users)), nil, http.StatusOK)
			if err == nil && len(answer) < 500 {
				err = fmt.Errorf("the user was not found: %.200s", answer)
			}
			return err
		}
	}
	return compareLatencies(ctx, find(b.small), find(b.big), fmt.Sprint(b.small.users), fmt.Sprint(b.big.users))
}

// compareLatencies interleaves two operations and returns the median of the
// ratios big/small of their median times. sizes name what they run on.
func compareLatencies(ctx context.Context, onSmall, onBig func(context.Context, int) error, smallSize, bigSize string) (result, error) {
	var ratios, tails, smalls, bigs []float64
	for range rounds {
		small, err := latencies(ctx, 400, onSmall)
		if err != nil {
			return result{}, err
		}
		big, err := latencies(ctx, 400, onBig)
		if err != nil {
			return result{}, err
		}
		ratios = append(ratios, median(big)/median(small))
		tails = append(tails, percentile(big, 0.99)/percentile(small, 0.99))
		smalls, bigs = append(smalls, median(small)), append(bigs, median(big))
	}
	return result{
		median(ratios),
		fmt.Sprintf("%.3fms@%s", median(smalls), smallSize),
		fmt.Sprintf("%.3fms@%s,p99ratio=%.2f", median(bigs), bigSize, median(tails)),
	}, nil
}

func perSecond(rate float64) string { return fmt.Sprintf("%.0f/s", rate) }
