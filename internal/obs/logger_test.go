package obs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink is a writer that can be read meanwhile.
type sink struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func TestLinesAreWrittenWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := new(sink)
		log := NewLogger(LogOptions{Writer: out})
		for i := range 3 {
			log.Info("line", KeyCount, i)
			if strings.Contains(out.String(), fmt.Sprintf(`"count":%d`, i)) {
				t.Fatal("the line was not buffered")
			}
			time.Sleep(time.Second) //nolint:forbidigo // the time of the bubble
			synctest.Wait()
			if !strings.Contains(out.String(), fmt.Sprintf(`"count":%d`, i)) {
				t.Fatalf("line %d is missing after a second: %s", i, out)
			}
		}
	})
}

func TestCloseWritesTheRest(t *testing.T) {
	t.Parallel()
	out := new(sink)
	log := NewLogger(LogOptions{Writer: out})
	log.Info("last")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "last") {
		t.Error("the line is missing after Close")
	}
	log.Info("late")
	if !strings.Contains(out.String(), "late") {
		t.Error("a line after Close is missing")
	}
}

func TestFormatAndLevel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, format, level, want, missing string
	}{
		{"JSONOffTerminal", "auto", "info", `"msg":"info"`, "debug"},
		{"Text", "text", "warn", `msg=warn`, "msg=info"},
		{"Debug", "json", "debug", `"msg":"debug"`, "msg="},
		{"Error", "text", "error", `msg=error`, "msg=warn"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out := new(sink)
			log := NewLogger(LogOptions{Writer: out, Format: test.format, Level: test.level})
			log.Debug("debug")
			log.Info("info")
			log.Warn("warn")
			log.Error("error")
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), test.want) || strings.Contains(out.String(), test.missing) {
				t.Errorf("got %s", out)
			}
		})
	}
}

// attempts runs a log of attempts on a clock that stands still.
type attempts struct {
	log    *AttemptLog
	logger *Logger
	out    *sink
	now    time.Time
}

func newAttempts(level string) *attempts {
	a := &attempts{out: new(sink), now: time.Unix(1_800_000_000, 0)}
	a.logger = NewLogger(LogOptions{Writer: a.out, Format: "json", Level: level})
	a.log = NewAttemptLog(a.logger.Logger, func() time.Time { return a.now })
	return a
}

func (a *attempts) fail(webhook string, times int) {
	for i := range times {
		a.log.Attempted(context.Background(), AttemptLine{
			Webhook: webhook, Delivery: "d", Number: i + 1, Outcome: "failed", Reason: "timeout", Failed: true, Status: 0,
		})
	}
}

// lines closes everything and returns what was logged.
func (a *attempts) lines(t *testing.T) []map[string]any {
	t.Helper()
	a.log.Close(t.Context())
	if err := a.logger.Close(); err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	for line := range strings.Lines(a.out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fields)
	}
	return lines
}

func TestOneLineASecondAndWebhook(t *testing.T) {
	t.Parallel()
	a := newAttempts("info")
	a.fail("one", 5)
	a.fail("two", 1)
	a.now = a.now.Add(time.Second)
	a.fail("one", 2)
	lines := a.lines(t)
	var got []string
	for _, line := range lines {
		got = append(got, fmt.Sprint(line[KeyWebhook], " ", line[KeySuppressed]))
	}
	want := "one <nil>, two <nil>, one 4, one 1"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
	}
}

func TestQuietWebhooksAreForgotten(t *testing.T) {
	t.Parallel()
	a := newAttempts("info")
	for i := range 100 {
		a.fail(fmt.Sprint("webhook ", i), 2)
	}
	a.now = a.now.Add(sweepEvery)
	a.fail("last", 1)
	if len(a.log.webhooks) != 1 {
		t.Errorf("%d webhooks are remembered", len(a.log.webhooks))
	}
	if lines := a.lines(t); len(lines) != 100+100+1 {
		t.Errorf("%d lines: each of 100 webhooks has one, and one about what was left out", len(lines))
	}
}

func TestSuccessesAreForDebug(t *testing.T) {
	t.Parallel()
	line := AttemptLine{Webhook: "w", Outcome: "succeeded", Status: 204, Number: 1}
	for level, want := range map[string]int{"info": 0, "debug": 3} {
		a := newAttempts(level)
		for range 3 {
			a.log.Attempted(t.Context(), line)
		}
		if got := len(a.lines(t)); got != want {
			t.Errorf("%s: %d lines, want %d", level, got, want)
		}
	}
}

func TestDebugHasEveryFailedAttempt(t *testing.T) {
	t.Parallel()
	a := newAttempts("debug")
	a.fail("w", 3)
	lines := a.lines(t)
	if len(lines) != 3 || lines[0]["level"] != slog.LevelDebug.String() {
		t.Errorf("got %v", lines)
	}
}
