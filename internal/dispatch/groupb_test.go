package dispatch_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

// TestMisbehavingEndpoints plays whole deliveries against endpoints that go wrong,
// with the real sender on connections in memory and in virtual time.
func TestMisbehavingEndpoints(t *testing.T) {
	t.Parallel()
	for _, row := range testkit.EngineRows() {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "tidings.db")
			synctest.Test(t, func(t *testing.T) { playRow(t, path, row) })
		})
	}
}

func playRow(t *testing.T, path string, row testkit.EngineRow) {
	t.Helper()
	receiver := testkit.NewMemoryReceiver(t, row.Script...)
	sender := deliver.New(deliver.Options{Dialer: receiver.Dialer()})
	defer sender.Close()
	e := newEngine(t, path, dispatch.DefaultLimits())
	defer e.close()
	e.shutdown()
	e.options.Sender = sender
	e.start()
	w := e.webhook("row")
	if _, err := e.reg.Update(context.Background(), tenant, w.ID, func(w *webhook.Webhook) error {
		w.URL = webhook.EndpointURL(receiver.URL + "/")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	e.emit(1)
	e.wait(time.Hour)

	d := e.only() // one log entry, however many attempts
	d, err := e.store.Delivery(context.Background(), tenant, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []webhook.Reason
	for i, a := range d.Attempts {
		reasons = append(reasons, a.Reason)
		if a.Number != i+1 {
			t.Errorf("attempt %d has number %d", i+1, a.Number)
		}
	}
	if diff := cmp.Diff(row.Reasons, reasons); diff != "" || d.State != row.State {
		t.Errorf("state %s, want %s; reasons (-want +got):\n%s", d.State, row.State, diff)
	}
	if row.Body != "" && string(d.LastAttempt().Response.Body) != row.Body {
		t.Errorf("logged body %.100q, want %.100q", d.LastAttempt().Response.Body, row.Body)
	}
	checkRequests(t, receiver.Requests(), &d)
}

// checkRequests compares what the endpoint got with the log: as many requests as
// attempts, all with one identifier and the same bytes.
func checkRequests(t *testing.T, requests []testkit.Request, d *webhook.Delivery) {
	t.Helper()
	if len(requests) != len(d.Attempts) {
		t.Errorf("the endpoint got %d requests, the log has %d attempts", len(requests), len(d.Attempts))
	}
	for _, r := range requests {
		if r.Delivery() != string(d.ID) || string(r.Body) != string(requests[0].Body) {
			t.Errorf("the endpoint got delivery %s with body %s, want %s with %s", r.Delivery(), r.Body, d.ID, requests[0].Body)
		}
	}
}

// The rows that only a whole delivery, or many of them, can show: each is one of
// testkit.EngineRows or has a test TestBnn_ of its own.
func TestEngineHasItsRows(t *testing.T) {
	t.Parallel()
	held := map[string]bool{}
	for _, row := range testkit.EngineRows() {
		held[row.Name[:len("B00")]] = true
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^func Test(B\d\d)_`).FindAllSubmatch(source, -1) {
			held[string(match[1])] = true
		}
	}
	for _, row := range []string{"B40", "B41", "B46", "B47", "B49", "B50", "B51", "B52"} {
		if !held[row] {
			t.Errorf("row %s is not played by the engine", row)
		}
	}
}
