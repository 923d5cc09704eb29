package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"
)

// bulkSize is the number of creates in one bulk request.
const bulkSize = 1000

// measureBulk compares the rate of creates in one bulk request with that of
// single POSTs, both on one connection.
func measureBulk(ctx context.Context, b *bed) (result, error) {
	d, err := b.open(ctx, "bulk", smallUsers)
	if err != nil {
		return result{}, err
	}
	var ratios, floors, subjects []float64
	for round := range rounds + 1 {
		run := fmt.Sprintf("b%d-%d-", round, time.Now().UnixNano())
		single, err := timed(func() error {
			for n := range bulkSize {
				if _, err := b.send(ctx, http.MethodPost, d.base+"/scim/v2/Users", userBody(run, n), http.StatusCreated); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return result{}, err
		}
		body := bulkBody(run + "bulk-")
		together, err := timed(func() error {
			answer, err := b.send(ctx, http.MethodPost, d.base+"/scim/v2/Bulk", body, http.StatusOK)
			if created := bytes.Count(answer, []byte(`"status":"201"`)); err == nil && created != bulkSize {
				err = fmt.Errorf("%d of %d operations succeeded", created, bulkSize)
			}
			return err
		})
		if err != nil {
			return result{}, err
		}
		if round == 0 {
			continue // warms caches and prepared statements up
		}
		ratios = append(ratios, single.Seconds()/together.Seconds())
		floors, subjects = append(floors, bulkSize/single.Seconds()), append(subjects, bulkSize/together.Seconds())
	}
	return result{median(ratios), perSecond(median(floors)), perSecond(median(subjects))}, nil
}

func timed(work func() error) (time.Duration, error) {
	begin := time.Now()
	err := work()
	return time.Since(begin), err
}

// bulkBody creates users in one request.
func bulkBody(prefix string) []byte {
	body := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[`)
	for n := range bulkSize {
		if n > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"method":"POST","path":"/Users","bulkId":"u%d","data":%s}`, n, userBody(prefix, n))
	}
	return append(body, "]}"...)
}
