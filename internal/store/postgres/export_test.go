package postgres

// Waiting is how many calls are on their way to a commit.
func (s *Store) Waiting() int { return int(s.writer.waitingCalls.Load()) }

// TraceReads lets f hear of every read from now on.
func (s *Store) TraceReads(f func(query string, args []any)) { s.traced = f }
