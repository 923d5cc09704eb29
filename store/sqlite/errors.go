package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"rollcall/store"
)

// translate maps what SQLite reports to the contract's sentinels. The texts of
// SQLite name tables and columns, never values.
func translate(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		// An interrupted statement reports the interrupt, not who asked for it.
		return fmt.Errorf("%w: %w", cause, err)
	}
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrInvalid) {
		return err // translated where it happened
	}
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN,
		lib.SQLITE_READONLY, lib.SQLITE_NOMEM, lib.SQLITE_PROTOCOL, lib.SQLITE_PERM:
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	case lib.SQLITE_TOOBIG:
		return fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	return err
}

// taken reports whether a statement failed for a key that exists.
func taken(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) &&
		(fault.Code() == lib.SQLITE_CONSTRAINT_UNIQUE || fault.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// dangling reports whether a statement failed for a key that does not exist.
func dangling(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) && fault.Code() == lib.SQLITE_CONSTRAINT_FOREIGNKEY
}
