package postgres

import "time"

// Waiting is how many calls are on their way to a commit.
func (s *Store) Waiting() int { return int(s.writer.waitingCalls.Load()) }

// Trace lets f hear of every statement from now on. f is called from several goroutines.
func (s *Store) Trace(f func(query string, args []any)) { s.traced = f }

// Elapsing puts another clock in the place of the one that nobody sets.
func (s *Store) Elapsing(now func() time.Time) { s.elapsing = now }
