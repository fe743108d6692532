package e2e

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// TestPostgresScripts tells the stories that need PostgreSQL: $POSTGRES is an empty
// database.
func TestPostgresScripts(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	runScripts(t, "scripts/postgres", func(env *testscript.Env) {
		env.Setenv("POSTGRES", cluster.DSN(cluster.Database(t, "")))
	})
}

const (
	movedEvents = 300
	// movedRows are in the log beside them, so that there is something to interrupt.
	movedRows = 60_000
)

// TestMoveOutlivesKill9 kills a server on SQLite, then each run of the move at another
// table, and lets a server on PostgreSQL deliver what was pending.
func TestMoveOutlivesKill9(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t)
	endpoint := newSlowEndpoint(t)
	binary := program(t)
	old := newServer(t, binary)
	old.start()
	old.createWebhook("orders", endpoint.URL)
	accepted := make(map[string]int)
	for n := range movedEvents {
		old.request(http.MethodPost, "/api/events", eventBody(n), http.StatusAccepted)
	}
	for _, d := range old.pendingDeliveries() {
		accepted[d] = 0
	}
	if len(accepted) != movedEvents {
		t.Fatalf("%d deliveries are pending, want %d", len(accepted), movedEvents)
	}
	endpoint.next(t) // some are under way
	old.kill()
	addLogRows(t, old.database(), movedRows)

	dsn := database.DSN(database.Database(t, ""))
	move := []string{"migrate", "--from", "sqlite:" + old.database(), "--to", dsn}
	kills := 0
	for ; runUntilLine(t, binary, move, 3+6*max(0, kills-7)); kills++ { // later ones while comparing, which begins anew
		if output, err := exec.CommandContext(t.Context(), binary, "keys", "list", "--database", dsn).CombinedOutput(); err == nil || !strings.Contains(string(output), "has not ended") {
			t.Fatalf("after %d kills the target is open to others: %v\n%s", kills+1, err, output)
		}
	}
	if kills < 9 {
		t.Errorf("only %d runs were killed", kills)
	}

	s := newServer(t, binary)
	s.dsn, s.planted = dsn, old.planted
	s.start()
	endpoint.answer()
	awaitArrivals(t, endpoint, accepted)
	for deadline := time.Now().Add(time.Minute); len(s.pendingDeliveries()) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("not everything has ended\n%s", s.log)
		}
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // it watches another process
	}
}

// pendingDeliveries are the identifiers of what is waiting.
func (s *server) pendingDeliveries() (ids []string) {
	s.t.Helper()
	for before := ""; ; {
		var page struct {
			Items []struct{ ID, State string }
			Next  string `json:"next"`
		}
		s.must(json.Unmarshal(s.request(http.MethodGet, "/api/deliveries?limit=100&state=pending"+before, "", http.StatusOK), &page))
		for _, d := range page.Items {
			ids = append(ids, d.ID)
		}
		if page.Next == "" {
			return ids
		}
		before = "&cursor=" + page.Next
	}
}

// addLogRows adds deliveries that have ended.
func addLogRows(t *testing.T, path string, n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @n)
		INSERT INTO deliveries (number, suffix, tenant, event, webhook, type, state, cancel_reason, accepted_at, logged_at, ended_at, redeliveries, standing, result,
			last_attempt, claims, attempt, trigger, started_at, duration, outcome, reason, phase, status, detail, body)
		SELECT @first + i, 'bbbbbbbbbbb', 0, @first, 1, 'User.Created', 'succeeded', '', @first / 512, @first / 512, @first / 512, 0, 0, '',
			1, 1, 1, 'event', @first / 512, 40000, 'succeeded', '', '', 200, x'7b7d', randomblob(100) FROM n`,
		sql.Named("n", n), sql.Named("first", time.Now().Add(-time.Hour).UnixMilli()*512)); err != nil {
		t.Fatal(err)
	}
}

// runUntilLine runs a command and kills it when it has written so many lines about its
// progress. It says whether it was killed; a command that ends must have done all.
func runUntilLine(t *testing.T, program string, args []string, line int) (killed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, program, args...)
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout strings.Builder
	command.Stdout = &stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var told []string
	for scanner := bufio.NewScanner(stderr); scanner.Scan(); {
		if told = append(told, scanner.Text()); len(told) == line {
			_ = command.Process.Kill() // it may have ended by itself
		}
	}
	err = command.Wait()
	if err == nil {
		if !strings.Contains(stdout.String(), "Every row is the same in both.") || line > 1 && !strings.HasPrefix(told[0], "Going on") {
			t.Fatalf("the last run: %s\n%s", strings.Join(told, "\n"), stdout.String())
		}
		return false
	}
	if len(told) < line {
		t.Fatalf("the move failed: %v\n%s", err, strings.Join(told, "\n"))
	}
	return true
}

// awaitArrivals waits until each of the deliveries has arrived.
func awaitArrivals(t *testing.T, endpoint *slowEndpoint, wanted map[string]int) {
	t.Helper()
	limit := time.After(time.Minute)
	for missing := len(wanted); missing > 0; {
		select {
		case id := <-endpoint.arrived:
			if times, is := wanted[id]; is {
				if wanted[id]++; times == 0 {
					missing--
				}
			}
		case <-limit:
			t.Fatalf("%d of %d deliveries have not arrived", missing, len(wanted))
		}
	}
}
