package move

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/sqlite"
)

const (
	// batchRows and batchBytes bound what is in memory, and what an interruption costs.
	batchRows  = 5000
	batchBytes = 8 << 20
)

// Options says what is copied where.
type Options struct {
	// From is the path of the SQLite file.
	From string
	To   postgres.Options
	// Now is the time of the move.
	Now time.Time
	// Progress hears of each batch; it may be nil.
	Progress func(Progress)
	// BatchRows may make batches smaller, for tests; zero leaves them as they are.
	BatchRows int
}

// Progress is how far a table has come.
type Progress struct {
	Table string `json:"table"`
	// Checking says that the table has been copied and is being compared.
	Checking bool `json:"checking"`
	// Resumed says that this move goes on with an earlier one.
	Resumed bool  `json:"resumed"`
	Done    int64 `json:"done"`
	Total   int64 `json:"total"`
}

// Count is how many rows of a table there are on both sides, all of them the same.
type Count struct {
	Table  string `json:"table"`
	Source int64  `json:"source"`
	Target int64  `json:"target"`
}

// Report is what a finished move came to.
type Report struct {
	Resumed bool    `json:"resumed"`
	Tables  []Count `json:"tables"`
}

// state is what the target keeps of an unfinished move.
type state struct {
	// Source tells apart what is being copied: another file, or one that has changed.
	Source string `json:"source"`
	// Process is the last that has joined the source.
	Process int64               `json:"process"`
	Tables  map[string]position `json:"tables"`
}

// position is how far a table has come: the key of its last row.
type position struct {
	Last  []string `json:"last"`
	Rows  int64    `json:"rows"`
	Ended bool     `json:"ended"`
}

// mover is one move.
type mover struct {
	options Options
	source  *sqlite.Frozen
	target  *postgres.Intake
	plan    []table
	counts  map[string]int64
	state   state
	resumed bool
}

// Run moves everything, or goes on with a move that was interrupted. The source is not
// changed but for its schema and the end of what a crash has left.
func Run(ctx context.Context, o Options) (report Report, err error) {
	m := &mover{options: o}
	if m.source, err = sqlite.Freeze(ctx, o.From); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, m.source.Close()) }()
	owner := make([]byte, 16)
	if _, err := rand.Read(owner); err != nil {
		return report, fmt.Errorf("name this move: %w", err)
	}
	if m.target, err = postgres.OpenIntake(ctx, o.To, hex.EncodeToString(owner)); err != nil {
		return report, err
	}
	defer m.target.Close()
	if err := m.begin(ctx); err != nil {
		return report, err
	}
	for i := range m.plan {
		if err := m.copyTable(ctx, &m.plan[i]); err != nil {
			return report, err
		}
	}
	return m.end(ctx)
}

// begin finds out whether there is something to go on with.
func (m *mover) begin(ctx context.Context) error {
	target, err := m.target.Tables(ctx)
	if err != nil {
		return err
	}
	tables := planned(target)
	kept, found, err := m.target.Take(ctx, tables)
	if err != nil {
		return err
	}
	var before state
	if len(kept) > 0 {
		if err := json.Unmarshal(kept, &before); err != nil {
			return fmt.Errorf("read how far the move has come: %w", err)
		}
	}
	if err := m.source.Settle(ctx, before.Process, m.options.Now); err != nil {
		return err
	}
	source, err := m.source.Tables(ctx)
	if err != nil {
		return err
	}
	if m.plan, err = makePlan(source, target); err != nil {
		return err
	}
	m.state = state{Process: m.source.Process, Tables: make(map[string]position)}
	if m.state.Source, err = m.fingerprint(ctx); err != nil {
		return err
	}
	if found && before.Source == m.state.Source && before.Process == m.state.Process {
		m.state, m.resumed = before, true
		return nil
	}
	return m.target.Clear(ctx, tables, m.pack())
}

// planned are the tables of the target that a move fills.
func planned(target map[string][]postgres.Column) []string {
	var tables []string
	for name := range target {
		if leftOut()[name] == "" {
			tables = append(tables, name)
		}
	}
	slices.Sort(tables)
	return tables
}

// fingerprint counts the rows, and makes a text that is another one for another file,
// another schema or another number of rows.
func (m *mover) fingerprint(ctx context.Context) (string, error) {
	hash := sha256.New()
	schema, err := m.target.Schema(ctx)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(hash, schema)
	m.counts = make(map[string]int64)
	for _, t := range m.plan {
		n, err := m.number(ctx, "SELECT count(*) FROM "+quoted(t.name))
		if err != nil {
			return "", err
		}
		m.counts[t.name] = n
		fmt.Fprintln(hash, t.name, t.names(), n)
	}
	rows, err := m.source.Query(ctx, "SELECT id, version_id, tstamp FROM goose_db_version ORDER BY id")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var id, version int64
		var at any
		if err := rows.Scan(&id, &version, &at); err != nil {
			return "", fmt.Errorf("scan: %w", err)
		}
		fmt.Fprintln(hash, id, version, at)
	}
	if err := rows.Err(); err != nil {
		return "", fmt.Errorf("read the schema's versions: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func (m *mover) number(ctx context.Context, query string) (n int64, err error) {
	rows, err := m.source.Query(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, fmt.Errorf("scan: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	return n, nil
}

func (m *mover) pack() []byte {
	packed, err := json.Marshal(m.state)
	if err != nil {
		panic(err) // it holds nothing but text and numbers
	}
	return packed
}

func (m *mover) tell(t *table, checking bool, done int64) {
	if m.options.Progress != nil {
		m.options.Progress(Progress{Table: t.name, Checking: checking, Resumed: m.resumed, Done: done, Total: m.counts[t.name]})
	}
}
