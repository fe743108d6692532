package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"testing"
)

// Waiting is how many calls are on their way to a commit.
func (s *Store) Waiting() int { return int(s.writer.waitingCalls.Load()) }

// Writing is the one connection that writes.
func (s *Store) Writing() *sql.Conn { return s.writer.conn }

// Copying is the connection that copies the WAL.
func (s *Store) Copying(ctx context.Context, tb testing.TB) *sql.Conn {
	tb.Helper()
	conn, err := s.checkpoints.db.Conn(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Reading opens every connection of the reader pool and returns them; they are
// given back when the test ends.
func (s *Store) Reading(ctx context.Context, tb testing.TB) []*sql.Conn {
	tb.Helper()
	conns := make([]*sql.Conn, readers)
	for i := range conns {
		conn, err := s.read.Conn(ctx)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = conn.Close() })
		conns[i] = conn
	}
	return conns
}

// TraceReads lets f hear of every read from now on.
func (s *Store) TraceReads(f func(query string)) { s.traced = f }

// Writes closes the store and returns every statement of its writer.
func (s *Store) Writes(tb testing.TB) []string {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return slices.Concat(slices.Sorted(maps.Keys(s.writer.prepare)), slices.Sorted(maps.Keys(s.writer.commands)))
}
