package move

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// schemas are those of both databases as they are now.
func schemas(t *testing.T) (map[string][]sqlite.Column, map[string][]postgres.Column) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tidings.db")
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	frozen, err := sqlite.Freeze(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = frozen.Close() }()
	if err := frozen.Settle(t.Context(), 0, time.Now()); err != nil {
		t.Fatal(err)
	}
	source, err := frozen.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cluster := pgtest.Start(t)
	intake, err := postgres.OpenIntake(t.Context(), postgres.Options{DSN: cluster.DSN(cluster.Database(t, ""))}, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer intake.Close()
	target, err := intake.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return source, target
}

// TestNothingIsForgotten fails when a table or column of SQLite is neither carried over
// nor named in leftOut with a reason.
func TestNothingIsForgotten(t *testing.T) {
	t.Parallel()
	source, target := schemas(t)
	plan, err := makePlan(source, target)
	if err != nil {
		t.Fatalf("%v: add it to PostgreSQL too, or to leftOut in plan.go with the reason", err)
	}
	carried := make(map[string]bool)
	for _, table := range plan {
		carried[table.name] = true
		for _, name := range table.names() {
			carried[table.name+"."+name] = true
		}
	}
	known := make(map[string]bool)
	for table, columns := range source {
		known[table] = true
		for _, c := range columns {
			name := table + "." + c.Name
			known[name] = true
			if !carried[name] && leftOut()[name] == "" && leftOut()[table] == "" {
				t.Errorf("%s is not carried over", name)
			}
		}
	}
	for name := range leftOut() {
		if !known[name] || carried[name] {
			t.Errorf("leftOut names %s, which SQLite does not have, or which is carried over", name)
		}
	}
	for name := range derived() {
		if !carried[name] {
			t.Errorf("derived names %s, which PostgreSQL does not have", name)
		}
	}
	for _, want := range []string{"work", "deliveries", "attempts", "events.payload", "webhooks.signing_key", "secrets.value", "sessions", "users.password", "idempotency"} {
		if !carried[want] {
			t.Errorf("%s is not carried over", want)
		}
	}
}

// TestPlanSeesEveryDifference changes a schema in every way that would lose something.
func TestPlanSeesEveryDifference(t *testing.T) {
	t.Parallel()
	type sources = map[string][]sqlite.Column
	type targets = map[string][]postgres.Column
	for name, c := range map[string]struct {
		change func(sources, targets)
		want   string
	}{
		"Nothing":        {func(sources, targets) {}, ""},
		"NewTable":       {func(s sources, _ targets) { s["notes"] = s["users"] }, "PostgreSQL has no table notes"},
		"NewColumn":      {func(s sources, _ targets) { s["users"] = append(s["users"], sqlite.Column{Name: "phone"}) }, "PostgreSQL has no column users.phone"},
		"RequiredColumn": {func(_ sources, t targets) { t["users"][1].Name = "phone" }, "SQLite has no column users.phone"},
		"UnknownType":    {func(_ sources, t targets) { t["users"][1].Type = "jsonb" }, "column users.email is of the type jsonb"},
		"NoKey":          {func(s sources, _ targets) { s["users"][0].Key = 0 }, "table users has no key"},
		"OfThisSideOnly": {func(_ sources, t targets) {
			t["users"] = append(t["users"], postgres.Column{Name: "phone", Type: "text"})
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := sources{"users": {{Name: "id", Key: 1}, {Name: "email"}}}
			target := targets{"users": {{Name: "id", Type: "text", Required: true}, {Name: "email", Type: "text", Required: true}}}
			c.change(source, target)
			_, err := makePlan(source, target)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestKeysReadBack(t *testing.T) {
	t.Parallel()
	of := table{name: "t", columns: []column{{name: "a"}, {name: "b"}, {name: "c"}}, key: []int{2, 0, 1}}
	row := []any{"tü\"x", []byte{0, 255}, int64(1<<62 + 1)}
	got, err := parseKey(of.keyOf(row))
	if err != nil {
		t.Fatal(err)
	}
	if got[0] != row[2] || got[1] != row[0] || !slices.Equal(got[2].([]byte), row[1].([]byte)) {
		t.Errorf("got %v", got)
	}
	for _, wrong := range []string{"", "x", "iabc", "b!"} {
		if _, err := parseKey([]string{wrong}); err == nil {
			t.Errorf("%q is no key", wrong)
		}
	}
}

// TestValues holds what becomes of each kind of value, and that text which PostgreSQL
// cannot hold is named rather than changed.
func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind     string
		required bool
		value    any
		want     any
		fails    bool
	}{
		{kind: "bigint", value: int64(7), want: int64(7)},
		{kind: "boolean", value: int64(2), want: true},
		{kind: "boolean", value: int64(0), want: false},
		{kind: "text", value: "ü", want: "ü"},
		{kind: "bigint", value: nil, want: nil},
		{kind: "bigint", required: true, value: nil, fails: true},
		{kind: "text", value: "a\x00b", fails: true},
		{kind: "text", value: "\xff", fails: true},
		{kind: "text", value: int64(7), fails: true},
		{kind: "bigint", value: "7", fails: true},
		{kind: "bigint", value: 7.5, fails: true},
	} {
		column := column{name: "c", kind: c.kind, required: c.required}
		got, _, err := column.convert(c.value)
		if (err != nil) != c.fails || got != c.want {
			t.Errorf("%v as %s: got %v, %v", c.value, c.kind, got, err)
		}
	}
	column := column{name: "c", kind: "bytea"}
	for _, value := range []any{[]byte(nil), []byte{}, []byte{0}, "x"} {
		got, _, err := column.convert(value)
		if bytes, is := got.([]byte); err != nil || !is || bytes == nil {
			t.Errorf("%v: got %v, %v", value, got, err)
		}
	}
}
