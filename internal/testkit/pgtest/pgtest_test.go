package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

func TestClusterSurvivesAKill(t *testing.T) {
	t.Parallel()
	c := pgtest.Start(t)
	name := c.Database(t, "")
	c.Exec(t, name, "CREATE TABLE kept (n int)")
	c.Exec(t, name, "INSERT INTO kept VALUES ($1)", 7)
	c.Kill()
	c.Run(t)
	conn, err := pgx.Connect(t.Context(), c.DSN(c.Database(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n); err != nil || n != 7 {
		t.Errorf("got %d, %v", n, err)
	}
}
