package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// row is a delivery as the API lists it.
func row(id, state string, after time.Duration, attempts int) json.RawMessage {
	list := strings.TrimSuffix(strings.Repeat(`{"status":200},`, attempts), ",")
	return json.RawMessage(fmt.Sprintf(`{"id":%q,"eventType":"A.B","webhook":{"name":"Hook"},"state":%q,"acceptedAt":%q,"attempts":[%s]}`,
		id, state, noon.Add(after).Format(time.RFC3339), list))
}

// shown are the identifiers and states of the lines that were printed.
func shown(t *testing.T, out *bytes.Buffer) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(out.String()) {
		var r tailRow
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, r.ID+" "+r.State)
	}
	out.Reset()
	return lines
}

func TestTailShowsWhatIsNewOrChanged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	f := &follower{session: &session{stdout: &out, json: true}, seen: map[string]seenDelivery{}}
	steps := []struct {
		rows []json.RawMessage // newest first
		skip int
		want []string
		from time.Duration
	}{
		{[]json.RawMessage{row("c", "retrying", 2*time.Second, 1), row("b", "failed", time.Second, 1), row("a", "succeeded", 0, 1)}, 1, []string{"b failed", "c retrying"}, 0},
		{[]json.RawMessage{row("d", "pending", time.Minute, 0), row("c", "retrying", 2*time.Second, 1), row("b", "failed", time.Second, 1)}, 0, []string{"d pending"}, 2 * time.Second},
		{[]json.RawMessage{row("d", "succeeded", time.Minute, 1), row("c", "retrying", 2*time.Second, 2)}, 0, []string{"c retrying", "d succeeded"}, 2 * time.Second},
		{[]json.RawMessage{row("d", "succeeded", time.Minute, 1), row("c", "succeeded", 2*time.Second, 3)}, 0, []string{"c succeeded"}, 58 * time.Second},
		{[]json.RawMessage{row("d", "succeeded", time.Minute, 1)}, 0, nil, 58 * time.Second},
	}
	for i, step := range steps {
		if err := f.show(step.rows, step.skip); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, shown(t, &out)); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
		if from := f.from(); !from.Equal(noon.Add(step.from)) {
			t.Errorf("step %d: goes on from %s", i, from)
		}
	}
	if len(f.seen) != 1 {
		t.Errorf("%d deliveries are remembered", len(f.seen))
	}
}

func TestTailGivesUpOnWhatWaitsForLong(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	f := &follower{session: &session{stdout: &out, json: true}, seen: map[string]seenDelivery{}}
	if err := f.show([]json.RawMessage{row("b", "succeeded", 2*time.Hour, 1), row("a", "held", 0, 0)}, 0); err != nil {
		t.Fatal(err)
	}
	if from := f.from(); !from.Equal(noon.Add(2*time.Hour - tailOverlap)) {
		t.Errorf("goes on from %s", from)
	}
}

// Several deliveries within the overlap that is read again: they are old.
func TestTailBeginsWithTheLastOnes(t *testing.T) {
	t.Parallel()
	rows := []string{}
	for _, id := range []string{"c", "b", "a"} {
		rows = append(rows, string(row(id, "succeeded", 0, 1)))
	}
	for last, want := range map[int][]string{0: nil, 1: {"c succeeded"}, 2: {"b succeeded", "c succeeded"}} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
			if err != nil {
				t.Error(err)
			}
			fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(rows[:min(limit, len(rows))], ","))
		}))
		got := runWith(t, []string{"TIDINGS_URL=" + server.URL, "TIDINGS_API_KEY=k"}, "", "tail", "--json", "--last", strconv.Itoa(last), "--for", "1200ms")
		server.Close()
		if diff := cmp.Diff(want, shown(t, bytes.NewBufferString(got.stdout))); diff != "" {
			t.Errorf("--last %d (-want +got):\n%s%s", last, diff, got.stderr)
		}
	}
}

func TestTailAsksForWhatItWasTold(t *testing.T) {
	t.Parallel()
	var polls atomic.Int32
	queries := make(chan url.Values, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries <- r.URL.Query()
		if polls.Add(1) == 1 {
			fmt.Fprintf(w, `{"items":[%s]}`, row("a", "succeeded", 0, 1))
			return
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"code":"auth.forbidden","message":"No more."}`)
	}))
	t.Cleanup(server.Close)
	got := runWith(t, []string{"TIDINGS_URL=" + server.URL, "TIDINGS_API_KEY=k"}, "", "tail",
		"--webhook", "0123456789abcdefghijk", "-e", "A.B", "-e", "A.C", "--state", "failed", "--last", "0")
	if got.code != exitAuth || got.stdout != "" || !strings.Contains(got.stderr, "No more.") {
		t.Errorf("%+v", got)
	}
	first, second := <-queries, <-queries
	want := url.Values{"webhook": {"0123456789abcdefghijk"}, "eventType": {"A.B", "A.C"}, "state": {"failed"}, "limit": {"1"}}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	want.Set("limit", "100")
	want.Set("from", "2026-11-23T11:59:58.000Z")
	want.Set("to", "2026-11-23T12:00:00.000Z")
	if diff := cmp.Diff(want, second); diff != "" {
		t.Errorf("second (-want +got):\n%s", diff)
	}
	if got := runWith(t, []string{"TIDINGS_API_KEY=k"}, "", "tail", "--last", "101"); got.code != exitUsage {
		t.Errorf("%+v", got)
	}
}

// A server that is not there would be said first, were the span taken.
func TestTailEndsAfterASpan(t *testing.T) {
	t.Parallel()
	for _, span := range []string{"0s", "0", "-1s"} {
		got := runWith(t, []string{"TIDINGS_API_KEY=k", "TIDINGS_URL=http://127.0.0.1:1"}, "", "tail", "--for="+span)
		if got.code != exitUsage || !strings.Contains(got.stderr, "--for") {
			t.Errorf("%s: %+v", span, got)
		}
	}
}
