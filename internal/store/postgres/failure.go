package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tidingshq/tidings/internal/webhook"
)

// unavailable wraps webhook.ErrUnavailable around an error that says nothing about
// what was asked, but that the database could not be asked.
func unavailable(err error) error {
	if err == nil || errors.Is(err, webhook.ErrUnavailable) || !outOfReach(err) {
		return err
	}
	return fmt.Errorf("%w: %w", webhook.ErrUnavailable, err)
}

// outOfReach says whether an error comes from the connection, or from a database that
// is not able to work.
func outOfReach(err error) bool {
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		return !answered(failure)
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err)
}

// answered says whether an error is the database's answer to a statement, in contrast
// to its not being able to work.
func answered(failure *pgconn.PgError) bool {
	if failure.Severity == "FATAL" || failure.Severity == "PANIC" {
		return false
	}
	switch failure.Code[:2] {
	case "08", // connection
		"53", // out of resources
		"57", // an operator or a time limit ended it
		"58": // the system below it failed
		return false
	}
	return failure.Code != "25006" && failure.Code != "25P03" // read only: not the primary any more; idle for too long
}

// lostRace says that PostgreSQL ended a transaction because of another one: they waited
// for each other, or a row was moved.
func lostRace(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && (failure.Code == "40P01" || failure.Code == "40001")
}

// ErrTurnedAway says that PostgreSQL answers and does not let us in: waiting does not
// help.
var ErrTurnedAway = errors.New("PostgreSQL refuses the connection")

// turnedAway puts ErrTurnedAway and what to do in the place of an error that says so.
func turnedAway(err error) error {
	var failure *pgconn.PgError
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code {
	case "3D000":
		return fmt.Errorf("%w: %w\nmake the database first (createdb NAME), or correct its name in --database", ErrTurnedAway, failure)
	case "28P01", "28000":
		return fmt.Errorf("%w: %w\ncorrect user and password in --database, or let this user in (CREATE ROLE, pg_hba.conf)", ErrTurnedAway, failure)
	}
	return err
}

// refused says whether the database will never take what was written, in contrast to
// not being able to write at present.
func refused(err error) bool {
	var failure *pgconn.PgError
	if !errors.As(err, &failure) {
		return false
	}
	switch failure.Code[:2] {
	case "22", // data
		"23", // constraint
		"54": // beyond a limit of the program
		return true
	}
	return false
}
