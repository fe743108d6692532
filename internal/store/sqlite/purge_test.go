package sqlite_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/store/storetest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// texts reads a column of text.
func texts(t *testing.T, s *sqlite.Store, query string, args ...any) (found []string) {
	t.Helper()
	rows, err := s.Writing().QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		found = append(found, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// fillTenant gives the tenant a row in each of the tables.
func fillTenant(t *testing.T, s *sqlite.Store, tables []string) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(s.CreateTenant(ctx, webhook.Tenant{ID: "other"}))
	w, err := s.CreateWebhook(ctx, webhook.Webhook{ID: "theirs", Tenant: "other", Enabled: true})
	check(err)
	for range 2 {
		params := acceptParams(t, s, w.Number)
		params.Tenant, params.Idempotency = "other", &store.Idempotency{Route: "events", Key: fmt.Sprint(len(params.Events))}
		params.Events = append(params.Events, params.Events[0])
		_, err = s.Accept(ctx, params)
		check(err)
	}
	process, err := s.Join(ctx, storetest.Start)
	check(err)
	finish(t, s, claim(t, s, process, w.Number)[0])
	check(s.PutKey(ctx, webhook.APIKey{ID: "one", Tenant: "other"}))
	for _, table := range tables {
		if own := texts(t, s, "SELECT count(*) FROM "+table+" WHERE tenant <> 0"); own[0] == "0" {
			insertAnything(t, s, table)
		}
	}
}

// insertAnything writes a row of the other tenant that has zeros in it.
func insertAnything(t *testing.T, s *sqlite.Store, table string) {
	t.Helper()
	columns := texts(t, s, "SELECT name FROM pragma_table_info(?)", table)
	columns = slices.DeleteFunc(columns, func(name string) bool { return name == "tenant" })
	exec(t, s, fmt.Sprintf("INSERT INTO %s (tenant, %s) SELECT number%s FROM tenants WHERE id = 'other'",
		table, strings.Join(columns, ", "), strings.Repeat(", 0", len(columns))))
}

// TestPurgeLeavesNoRow looks into every table that says whose its rows are, those
// that come later too.
func TestPurgeLeavesNoRow(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, nil)
	tables := texts(t, s, `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'tenant' ORDER BY m.name`)
	if len(tables) < 7 {
		t.Fatalf("only %v", tables)
	}
	fillTenant(t, s, tables)
	if err := s.DeleteTenant(t.Context(), "other", storetest.Start); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = s.PurgeTenants(t.Context(), 1000, 10); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range append(tables, "attempts", "health", "tenants") {
		own := map[string]string{"attempts": "true", "health": "true", "tenants": "number <> 0"}[table]
		if own == "" {
			own = "tenant <> 0"
		}
		if left := texts(t, s, "SELECT count(*) FROM "+table+" WHERE "+own); left[0] != "0" {
			t.Errorf("%s rows are left in %s", left[0], table)
		}
	}
}
