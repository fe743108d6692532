package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// TestSizing measures how much room deliveries take on disk (make sizing). The numbers
// are in docs/operating.md.
func TestSizing(t *testing.T) {
	if os.Getenv("TIDINGS_SIZING") == "" {
		t.Skip("it measures and proves nothing: make sizing")
	}
	database := pgtest.Start(t)
	name := database.Database(t, "")
	for _, dsn := range []string{"", database.DSN(name)} {
		s := newServer(t, program(t), "--log-level", "info")
		s.dsn = dsn
		measureSize(t, s)
	}
}

func measureSize(t *testing.T, s *server) {
	t.Helper()
	const events, batch = 20_000, 500
	var got atomic.Int64
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		got.Add(1)
		fmt.Fprint(w, "ok")
	}))
	defer endpoint.Close()
	s.start()
	s.createWebhook("orders", endpoint.URL)
	before := s.size()
	padding := strings.Repeat("x", 1024-len(`{"event":"User.Created","n":10000,"p":""}`))
	for n := range events / batch {
		lines := make([]string, batch)
		for i := range lines {
			lines[i] = fmt.Sprintf(`{"event":"User.Created","n":%d,"p":%q}`, 10_000+n*batch+i, padding)
		}
		s.request(http.MethodPost, "/api/events/batch", "["+strings.Join(lines, ",")+"]", http.StatusAccepted)
	}
	for deadline := time.Now().Add(5 * time.Minute); got.Load() < events; {
		if time.Now().After(deadline) {
			t.Fatal("it takes too long")
		}
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // it watches another process
	}
	if err := s.terminate(); err != nil { // writes the last results, and what SQLite has in its WAL
		t.Fatal(err)
	}
	engine := "SQLite"
	if s.dsn != "" {
		engine = "PostgreSQL"
	}
	t.Logf("%s: %d bytes for each delivery of an event of 1 KiB", engine, (s.size()-before)/events)
}

// size is how much the database takes on disk, without its log of transactions.
func (s *server) size() int64 {
	s.t.Helper()
	if s.dsn == "" {
		info, err := os.Stat(s.database())
		if err != nil {
			s.t.Fatal(err)
		}
		return info.Size()
	}
	conn, err := pgx.Connect(context.Background(), s.dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var bytes int64
	if err := conn.QueryRow(context.Background(), "SELECT pg_database_size(current_database())").Scan(&bytes); err != nil {
		s.t.Fatal(err)
	}
	return bytes
}
