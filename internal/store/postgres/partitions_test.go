package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/webhook"
)

// TestOldPartitionIsFoundDoneWithoutReadingIt fills a partition and asks whether it may
// go: the answer, that nothing in it is to be kept, must not take longer the more there is.
func TestOldPartitionIsFoundDoneWithoutReadingIt(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	ctx := t.Context()
	begin := time.Now().Add(-48 * time.Hour).Truncate(time.Hour)
	p := partition{webhook.NumberAt(begin), webhook.NumberAt(begin.Add(time.Hour))}
	if err := s.cover(ctx, p.low, p.high-1); err != nil {
		t.Fatal(err)
	}
	const rows = 100_000
	for _, statement := range []string{
		`INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer, created_at, payload, deliveries, unmatched, expanded)
			SELECT $1::bigint + i * 2, 'abcdefghijk', 1, 'A', $2, '', 1, $2, '{}', 1, '', 0 FROM generate_series(1, $3::bigint) i`,
		`INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at, ended_at, redeliveries, standing,
				result, last_attempt, claims, detail)
			SELECT $1::bigint + i * 2 + 1, 'abcdefghijk', 1, $1 + i * 2, 1, 'A', 'succeeded', '', $2, $2, $2, 0, 1, '2xx', 1, 1, decode(repeat('00', 300), 'hex')
			FROM generate_series(1, $3::bigint) i`,
	} {
		if _, err := s.write.Exec(ctx, statement, p.low, begin.UnixMilli(), rows); err != nil {
			t.Fatal(err)
		}
	}
	for _, of := range partitioned {
		if _, err := s.write.Exec(ctx, "VACUUM ANALYZE "+p.name(of.table)); err != nil {
			t.Fatal(err)
		}
	}
	before := begin.Add(24 * time.Hour).UnixMilli()
	keeps, err := s.keeps(ctx, s.read, p, before)
	if err != nil || keeps {
		t.Fatalf("something is to be kept: %t, %v", keeps, err)
	}
	plan, err := s.read.Query(ctx, "EXPLAIN (ANALYZE, TIMING OFF) "+keepsQuery, p.low, p.high, before, p.high+maxFanOut)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(plan, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if strings.Contains(line, "Seq Scan") && (strings.Contains(line, p.name("events")) || strings.Contains(line, p.name("deliveries"))) {
			t.Errorf("all of the partition is read:\n%s", strings.Join(lines, "\n"))
			break
		}
	}
	dropped, err := s.dropOldest(ctx, before)
	if err != nil || !dropped {
		t.Fatalf("dropped %t, %v", dropped, err)
	}
	if keeps, err := s.keeps(ctx, s.read, p, before); err != nil || keeps {
		t.Errorf("something is left: %v", err)
	}
}
