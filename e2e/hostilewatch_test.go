package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// residentNow and residentMost are the two figures of /proc/PID/status.
const (
	residentNow  = "VmRSS"
	residentMost = "VmHWM"
)

// resident reads how much memory the process holds. ok is false where the system
// does not tell.
func (s *server) resident(figure string) (bytes int64, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, figure+":"); found {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}

// forgetMost makes the highest figure start again from now.
func (s *server) forgetMost() bool {
	return runtime.GOOS == "linux" && os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.command.Process.Pid), []byte("5"), 0) == nil
}

// descriptors counts the open files of the process; 0 where the system does not tell.
func (s *server) descriptors() int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.command.Process.Pid))
	if err != nil {
		return 0
	}
	return len(entries)
}

var goroutineTotal = regexp.MustCompile(`^goroutine profile: total (\d+)`)

// goroutines asks the ops listener how many there are.
func (s *server) goroutines() int {
	s.t.Helper()
	profile := s.profile()
	total := goroutineTotal.FindSubmatch(profile)
	if total == nil {
		s.t.Fatalf("the ops listener has no goroutine profile: %.200s", profile)
	}
	n, _ := strconv.Atoi(string(total[1])) // digits
	return n
}

func (s *server) profile() []byte {
	s.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.ops+"/debug/pprof/goroutine?debug=1", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	profile, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return profile
}

// base is what a process holds when it has nothing to do.
type base struct{ goroutines, descriptors int }

func (s *server) base() base { return base{s.goroutines(), s.descriptors()} }

// returnsTo waits until the process holds no more than it did.
func (s *server) returnsTo(b base) error {
	// A pool may have one worker more, and the database opens up to four connections
	// to read, with two files each.
	const moreGoroutines, moreDescriptors = 4, 8
	s.client.CloseIdleConnections()
	deadline := time.After(5 * time.Second)
	for {
		now := s.base()
		if now.goroutines <= b.goroutines+moreGoroutines && now.descriptors <= b.descriptors+moreDescriptors {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			return fmt.Errorf("left over after 5 s: %+v, before %+v\n%s", now, b, s.profile())
		}
	}
}

// dump is every row that a client can cause, by table. What a request leaves in
// passing is left out: the last use of a key, rows of what is deleted.
type dump map[string][]string

func (s *server) dump() dump {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.database()+"?mode=ro&_pragma=busy_timeout(5000)")
	s.must(err)
	defer db.Close()
	d := dump{}
	for _, table := range rows(s, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%'") {
		name := strings.Trim(table, `"`)
		switch name {
		case "processes", "identifier_lead", "aloft": // what the store notes for itself, whatever is sent
		case "api_keys":
			d[name] = rows(s, db, "SELECT tenant, id, name, hex(hash), scopes, expires_at FROM api_keys")
		case "webhooks", "tenants":
			d[name] = rows(s, db, "SELECT * FROM "+name+" WHERE deleted_at IS NULL")
		default:
			d[name] = rows(s, db, "SELECT * FROM "+name)
		}
	}
	return d
}

func rows(s *server, db *sql.DB, query string) []string {
	s.t.Helper()
	found, err := db.QueryContext(context.Background(), query)
	s.must(err)
	defer found.Close()
	columns, err := found.Columns()
	s.must(err)
	var all []string
	for found.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		s.must(found.Scan(into...))
		var row bytes.Buffer
		for i := range values {
			if i > 0 {
				row.WriteByte('|')
			}
			fmt.Fprintf(&row, "%q", values[i].String)
		}
		all = append(all, row.String())
	}
	s.must(found.Err())
	slices.Sort(all)
	return all
}

func (s *server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// serving makes the server run as by default, without development mode.
func serving(tb testing.TB, program string, flags ...string) *server {
	tb.Helper()
	s := newServer(tb, program, flags...)
	s.public = true
	s.start()
	return s
}
