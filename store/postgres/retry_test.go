package postgres

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"rollcall/store"
)

func TestRetry(t *testing.T) {
	t.Parallel()
	deadlock := &pgconn.PgError{Code: stateDeadlock}
	run := func(failures int, with error) (int, error) {
		runs := 0
		err := retry(t.Context(), func() error {
			runs++
			if runs <= failures {
				return with
			}
			return nil
		})
		return runs, err
	}
	if runs, err := run(3, deadlock); runs != 4 || err != nil {
		t.Errorf("deadlock: %d runs, %v", runs, err)
	}
	if runs, err := run(1000, deadlock); runs != commitAttempts || !errors.Is(err, error(deadlock)) {
		t.Errorf("endless deadlock: %d runs, %v", runs, err)
	}
	// What became of a commit on a lost connection is unknown.
	if runs, err := run(3, io.ErrUnexpectedEOF); runs != 1 || err == nil {
		t.Errorf("lost connection: %d runs, %v", runs, err)
	}
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	tests := []struct {
		err  error
		want error
	}{
		{&pgconn.PgError{Code: "RC404"}, store.ErrNotFound},
		{&pgconn.PgError{Code: "RC412"}, store.ErrVersion},
		{&pgconn.PgError{Code: "RC422", Detail: "00000000-0000-0000-0000-000000000001"}, store.ErrNoMember},
		{&pgconn.PgError{Code: "23505", ConstraintName: "resource_uniq_key", Detail: secret}, store.ErrUniqueness},
		{&pgconn.PgError{Code: "22P02", Message: secret}, store.ErrInvalid},
		{&pgconn.PgError{Code: "57P01"}, store.ErrUnavailable},
		{io.ErrUnexpectedEOF, store.ErrUnavailable},
		{&pgconn.PgError{Code: "42P01"}, store.ErrPendingMigrations},
	}
	for _, test := range tests {
		err := failure(context.Background(), "test", test.err)
		if !errors.Is(err, test.want) {
			t.Errorf("%v became %v, want %v", test.err, err, test.want)
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%v quotes the value", err)
		}
	}
}
