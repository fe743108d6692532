package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// longestWait is for how long a migration of a large database may keep others waiting.
const longestWait = time.Second

// migrated is a database with the schema of the first version and rows in its tables.
type migrated struct {
	t     *testing.T
	store *Store
	first int64 // the number of the first event
	step  int64
	rows  int
}

// newMigrated fills the large tables behind the store's back. TIDINGS_SCALE says with
// how much (make scale).
func newMigrated(t *testing.T) *migrated {
	t.Helper()
	cluster := pgtest.Start(t)
	m := &migrated{t: t, store: &Store{options: Options{DSN: cluster.DSN(cluster.Database(t, "")), Clock: clock.System{}, Partition: time.Hour}}}
	if _, err := fmt.Sscanf(cmp.Or(os.Getenv("TIDINGS_SCALE"), "1x20000"), "%dx%d", new(int), &m.rows); err != nil {
		t.Fatal(err)
	}
	config, err := parseConfig(m.store.options.DSN)
	m.ok(err)
	db := openSQL(config.ConnConfig)
	folder, err := fs.Sub(migrations, "migrations")
	m.ok(err)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, folder)
	m.ok(err)
	_, err = provider.UpTo(t.Context(), 1)
	m.ok(err)
	m.ok(db.Close())
	m.ok(m.store.openPools(t.Context(), config))
	t.Cleanup(m.store.release)
	m.first = webhook.NumberAt(time.Now().Add(-23 * time.Hour))
	m.step = (webhook.NumberAt(time.Now()) - m.first) / int64(m.rows+1)
	m.ok(m.store.cover(t.Context(), m.first, webhook.NumberAt(time.Now())))
	number := fmt.Sprintf("(%d + i::bigint * %d)", m.first, m.step)
	for _, statement := range []string{
		`INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer, payload, deliveries, unmatched, expanded)
			SELECT ` + number + `, '00000000000', 0, 'User.Created', ` + number + ` / 512, 'seed', 1, '\x7b7d', 1, '', 0 FROM generate_series(1, $1::int) i`,
		`INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at, ended_at, redeliveries,
				standing, result, last_attempt, claims, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
			SELECT ` + number + ` + 1, '00000000000', 0, ` + number + `, 1, 'User.Created', 'succeeded', '', ` + number + ` / 512, ` + number + ` / 512 + 40,
				` + number + ` / 512 + 40, 0, 1, '2xx', 1, 1, 1, 'event', ` + number + ` / 512, 40000, 'succeeded', '', '', 200, '\x', '\x' FROM generate_series(1, $1::int) i`,
		`INSERT INTO work (number, suffix, tenant, event, webhook, due_at, process, leased_at, claims, attempts, interruptions, retries, manual, ended)
			SELECT ` + number + ` + 1, '00000000000', 0, ` + number + `, 1, 0, 0, 0, 0, 0, 0, 0, false, '' FROM generate_series(1, $1::int) i`,
	} {
		_, err := m.store.write.Exec(t.Context(), statement, m.rows)
		m.ok(err)
	}
	return m
}

func (m *migrated) ok(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// traffic runs a statement again and again, until ctx ends, and tells how often it was
// answered and what was the longest wait. begun is told of the first answer, or that there
// is none.
func (m *migrated) traffic(ctx context.Context, begun func(), statement func(i int64) (string, []any)) (answered int, longest time.Duration, err error) {
	defer begun()
	conn, err := pgx.Connect(m.t.Context(), m.store.options.DSN)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = cmp.Or(err, conn.Close(context.WithoutCancel(ctx))) }()
	for i := int64(1); ctx.Err() == nil; i++ {
		query, args := statement(i%int64(m.rows) + 1)
		began := time.Now()
		if _, err := conn.Exec(m.t.Context(), query, args...); err != nil {
			return answered, longest, err
		}
		if answered++; answered == 1 {
			begun()
		}
		longest = max(longest, time.Since(began))
	}
	return answered, longest, nil
}

// TestMigrationsOfALargeDatabase brings a filled database from the first schema to the
// newest while others read and write it: all of them go on.
func TestMigrationsOfALargeDatabase(t *testing.T) {
	t.Parallel()
	m := newMigrated(t)
	kinds := map[string]func(i int64) (string, []any){
		"reading": func(i int64) (string, []any) {
			return "SELECT d.state FROM deliveries d JOIN tenants n ON n.number = d.tenant WHERE d.number = $1", []any{m.first + i*m.step + 1}
		},
		"writing the queue": func(i int64) (string, []any) {
			return "UPDATE work SET leased_at = leased_at + 1 WHERE number = $1", []any{m.first + i*m.step + 1}
		},
		"writing the log": func(i int64) (string, []any) {
			return "UPDATE deliveries SET redeliveries = redeliveries + 1 WHERE number = $1", []any{m.first + i*m.step + 1}
		},
		"accepting": func(i int64) (string, []any) {
			return `INSERT INTO events (number, suffix, tenant, type, accepted_at, source, composer, payload, deliveries, unmatched, expanded)
				VALUES ($1, 'a', 0, 'User.Created', 0, '', 1, '', 0, '', 0) ON CONFLICT DO NOTHING`, []any{m.first + i*m.step + 2}
		},
		"renewing": func(int64) (string, []any) {
			return "INSERT INTO processes (started_at, valid_until) VALUES (0, now())", nil
		},
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var begun, running sync.WaitGroup
	begun.Add(len(kinds))
	for name, statement := range kinds {
		running.Go(func() {
			answered, longest, err := m.traffic(ctx, sync.OnceFunc(begun.Done), statement)
			t.Logf("%d rows, %s: %d answers, the longest wait %v", m.rows, name, answered, longest.Round(100*time.Microsecond))
			if err != nil || answered == 0 {
				t.Errorf("%s: %d answers, %v", name, answered, err)
			}
			if longest > longestWait && os.Getenv("TIDINGS_SCALE") != "" {
				t.Errorf("%s had to wait for %v", name, longest)
			}
		})
	}
	config, err := parseConfig(m.store.options.DSN)
	m.ok(err)
	begun.Wait()
	began := time.Now()
	m.ok(bringUpToDate(t.Context(), config.ConnConfig))
	t.Logf("migrated within %v", time.Since(began).Round(time.Millisecond))
	end()
	running.Wait()
	have, known, err := SchemaVersions(t.Context(), m.store.options.DSN)
	if m.ok(err); have != known {
		t.Errorf("the schema is %d, want %d", have, known)
	}
	var invalid int
	m.ok(m.store.read.QueryRow(t.Context(), "SELECT count(*) FROM pg_index WHERE NOT indisvalid").Scan(&invalid))
	if invalid != 0 {
		t.Errorf("%d indexes are not complete", invalid)
	}
}

// TestIndexesAreCompletedAfterAnInterruption has two processes complete what one that was
// killed has left: an index without its parts, and a part that is of no use.
func TestIndexesAreCompletedAfterAnInterruption(t *testing.T) {
	t.Parallel()
	m := newMigrated(t)
	config, err := parseConfig(m.store.options.DSN)
	m.ok(err)
	m.ok(migrate(t.Context(), config.ConnConfig))
	db := openSQL(config.ConnConfig)
	defer func() { m.ok(db.Close()) }()
	missing, err := missingParts(t.Context(), db)
	if m.ok(err); len(missing) < 20 {
		t.Fatalf("%d parts are missing, want one for each partition", len(missing))
	}
	left := missing[0]
	_, err = db.ExecContext(t.Context(), "CREATE INDEX "+quoted(left.partition+"_"+strings.TrimPrefix(left.index, left.table+"_"))+" ON "+quoted(left.partition)+" (suffix)")
	m.ok(err)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if err := completeIndexes(t.Context(), config.ConnConfig); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if missing, err = missingParts(t.Context(), db); err != nil || len(missing) > 0 {
		t.Errorf("%d parts are still missing (%v)", len(missing), err)
	}
	m.ok(m.store.cover(t.Context(), webhook.NumberAt(time.Now().Add(5*time.Hour)), webhook.NumberAt(time.Now().Add(5*time.Hour))))
	if missing, err = missingParts(t.Context(), db); err != nil || len(missing) > 0 {
		t.Errorf("a new partition lacks %v (%v)", missing, err)
	}
}

// TestMigrationsLockNoLargeTable reads the migrations behind the first: an index of a table
// that grows is made while others write (indexes.go), and nothing rewrites or reads one.
func TestMigrationsLockNoLargeTable(t *testing.T) {
	t.Parallel()
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	const large = `(events|deliveries|attempts|work|health|idempotency|webhook_changes)\b`
	locking := regexp.MustCompile(`(?i)CREATE (UNIQUE )?INDEX (IF NOT EXISTS )?\w+ ON ` + large +
		`|ALTER TABLE ` + large + `[^;]*(SET NOT NULL|TYPE|ADD (CONSTRAINT|PRIMARY|UNIQUE|CHECK)|DEFAULT [^;]*\()|(UPDATE|DELETE FROM|CLUSTER|VACUUM|LOCK TABLE) ` + large)
	for _, file := range files[1:] {
		content, err := migrations.ReadFile("migrations/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		if found := locking.Find(content); found != nil {
			t.Errorf("%s keeps others from writing for as long as the table is large: %s", file.Name(), found)
		}
		if !strings.Contains(string(content), "SET LOCAL lock_timeout") {
			t.Errorf("%s waits for a lock without a limit", file.Name())
		}
	}
}

func TestSchemaOfADatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	m := newMigrated(t)
	config, err := parseConfig(m.store.options.DSN)
	m.ok(err)
	missing := strings.Replace(m.store.options.DSN, "/"+config.ConnConfig.Database, "/not_there", 1)
	if _, _, err := SchemaVersions(t.Context(), missing); !errors.Is(err, ErrTurnedAway) || !strings.Contains(err.Error(), "make the database first") {
		t.Errorf("got %v", err)
	}
}
