package move

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/sqlite"
)

// leftOut are tables and columns of SQLite that are not carried over, and why.
func leftOut() map[string]string {
	return map[string]string{
		"goose_db_version": "each database has a schema of its own",
		"processes":        "no process of the file holds anything any more; numbers go on behind its last",
		"event_blocks":     "an index of SQLite alone",
		"aloft":            "nothing is aloft while no server runs",
		"events.aloft":     "nothing is aloft while no server runs",
	}
}

// derived are columns that PostgreSQL alone has: expressions for SQLite.
func derived() map[string]string {
	return map[string]string{"identifier_lead.last": sqlite.HighestNumber}
}

// column is what goes from one database to the other.
type column struct {
	name, kind string
	// from is its expression for SQLite.
	from     string
	required bool
}

// table is a table that is carried over.
type table struct {
	name    string
	columns []column
	// key is where in columns the primary key is.
	key []int
}

func (t *table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

func (t *table) keyNames() []string {
	names := make([]string, len(t.key))
	for i, at := range t.key {
		names[i] = t.columns[at].name
	}
	return names
}

// query reads the rows behind a key, or all, in the order of the key.
func (t *table) query(behind bool) string {
	expressions, keys := make([]string, len(t.columns)), t.keyNames()
	for i, c := range t.columns {
		expressions[i] = c.from
	}
	for i := range keys {
		keys[i] = quoted(keys[i])
	}
	key, where := strings.Join(keys, ", "), ""
	if behind {
		where = " WHERE (" + key + ") > (" + strings.TrimSuffix(strings.Repeat("?, ", len(keys)), ", ") + ")"
	}
	return "SELECT " + strings.Join(expressions, ", ") + " FROM " + quoted(t.name) + where + " ORDER BY " + key
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// makePlan says what is carried over, and fails where the schemas do not fit.
func makePlan(source map[string][]sqlite.Column, target map[string][]postgres.Column) ([]table, error) {
	var plan []table
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(source)) {
		if leftOut()[name] != "" {
			continue
		}
		if target[name] == nil {
			problems = append(problems, "PostgreSQL has no table "+name)
			continue
		}
		t, wrong := makeTable(name, source[name], target[name])
		plan, problems = append(plan, t), append(problems, wrong...)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("this version cannot move: %s", strings.Join(problems, "; "))
	}
	return plan, nil
}

func makeTable(name string, source []sqlite.Column, target []postgres.Column) (t table, problems []string) {
	t.name = name
	keys := make(map[int]int)
	for _, c := range target {
		from := derived()[name+"."+c.Name]
		at := slices.IndexFunc(source, func(s sqlite.Column) bool { return s.Name == c.Name })
		switch {
		case at >= 0:
			from = quoted(c.Name)
			if source[at].Key > 0 {
				keys[source[at].Key] = len(t.columns)
			}
		case from == "" && c.Required:
			problems = append(problems, "SQLite has no column "+name+"."+c.Name)
			continue
		case from == "":
			continue
		}
		if !slices.Contains([]string{"bigint", "integer", "boolean", "text", "bytea"}, c.Type) {
			problems = append(problems, "column "+name+"."+c.Name+" is of the type "+c.Type)
		}
		t.columns = append(t.columns, column{name: c.Name, kind: c.Type, from: from, required: c.Required})
	}
	for _, s := range source {
		if leftOut()[name+"."+s.Name] == "" && !slices.Contains(t.names(), s.Name) {
			problems = append(problems, "PostgreSQL has no column "+name+"."+s.Name)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(keys)) {
		t.key = append(t.key, keys[place])
	}
	if len(t.key) == 0 {
		problems = append(problems, "table "+name+" has no key")
	}
	return t, problems
}
