package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"rollcall/store"
)

// SQLSTATEs that matter here; those that begin with RC are raised by the
// functions in the migrations.
const (
	stateNotFound     = "RC404"
	stateVersion      = "RC412"
	stateNoMember     = "RC422"
	stateUnique       = "23505"
	stateForeignKey   = "23503"
	stateReadOnly     = "25006"
	stateSerialise    = "40001"
	stateDeadlock     = "40P01"
	stateTooManyConns = "53300"
	stateTooLarge     = "54000"
	stateNoFunction   = "42883"
	stateNoTable      = "42P01"
)

// failure wraps an error with the operation and with the sentinel that fits.
// The text never holds a value of a resource or of a filter.
func failure(ctx context.Context, operation string, err error) error {
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%s: %w", operation, cause)
	}
	return fmt.Errorf("%s: %w", operation, translate(err))
}

func translate(err error) error {
	var refused *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return store.ErrNotFound
	case errors.As(err, &refused):
		return translateState(refused)
	case lostConnection(err):
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

func translateState(refused *pgconn.PgError) error {
	switch refused.Code {
	case stateNotFound:
		return store.ErrNotFound
	case stateVersion:
		return store.ErrVersion
	case stateNoMember:
		return memberError(refused)
	case stateUnique:
		return uniquenessError(refused)
	case stateForeignKey:
		// Foreign keys stand with what belongs to a tenant, a connection or an
		// operator: what fails names an owner that does not exist.
		return store.ErrNotFound
	case stateTooLarge:
		return store.ErrInvalid
	case stateReadOnly, stateTooManyConns:
		return fmt.Errorf("%w: %w", store.ErrUnavailable, &databaseError{refused})
	case stateNoTable, stateNoFunction:
		return fmt.Errorf("%w: %w", store.ErrPendingMigrations, &databaseError{refused})
	}
	switch refused.Code[:2] {
	case "08", "57":
		return fmt.Errorf("%w: %w", store.ErrUnavailable, &databaseError{refused})
	case "22":
		return fmt.Errorf("%w: %w", store.ErrInvalid, &databaseError{refused})
	}
	return &databaseError{refused}
}

// uniquenessError names the attribute for Record.Name; Commit knows better for
// the other ones.
func uniquenessError(refused *pgconn.PgError) error {
	if refused.ConstraintName == "resource_uniq_key" {
		return &store.UniquenessError{Attribute: store.NameAttribute}
	}
	return &store.UniquenessError{}
}

func memberError(refused *pgconn.PgError) error {
	missing := &store.MemberError{}
	for text := range strings.SplitSeq(refused.Detail, ",") {
		if id, err := uuid.Parse(text); err == nil {
			missing.IDs = append(missing.IDs, id)
		}
	}
	return missing
}

// databaseError is an error of the server without what it says about values.
type databaseError struct{ cause *pgconn.PgError }

func (e *databaseError) Error() string {
	message := e.cause.Message
	if class := e.cause.Code[:2]; class == "22" || class == "23" {
		message = "value refused"
	}
	if e.cause.ConstraintName != "" {
		message += " by " + e.cause.ConstraintName
	}
	return fmt.Sprintf("database: %s (SQLSTATE %s)", message, e.cause.Code)
}

func (e *databaseError) Unwrap() error { return e.cause }

// lostConnection reports whether the database could not be reached or went
// away in the middle.
func lostConnection(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// beaten reports whether a transaction lost against another one and left
// nothing behind, so that it may run again.
func beaten(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == stateDeadlock || refused.Code == stateSerialise)
}
