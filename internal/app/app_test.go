package app

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestDefaultScheduleIsThatOfTheRules(t *testing.T) {
	t.Parallel()
	loaded, err := config.Load(config.Input{Env: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(webhook.DefaultRetrySchedule(), loaded.RetrySchedule); diff != "" {
		t.Errorf("the default of the configuration differs (-rules +configuration):\n%s", diff)
	}
}

func TestFewResultsWaitForOthers(t *testing.T) {
	t.Parallel()
	log := &logText{}
	if got := open(t, log, options(t, log)).dispatcher.ResultsWait; got != dispatch.DefaultResultsWait {
		t.Errorf("they wait for %v, want %v", got, dispatch.DefaultResultsWait)
	}
}

func TestPortThatIsTaken(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"listen", "ops-listen"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer taken.Close()
			log := &logText{}
			o := options(t, log, setting, taken.Addr().String())
			b := open(t, log, o)
			err = b.Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), "--"+setting+" "+taken.Addr().String()) || !strings.Contains(err.Error(), "in use") {
				t.Fatalf("start: %v", err)
			}
			if err := b.Stop(t.Context()); err != nil {
				t.Errorf("stop: %v", err)
			}
			// Nothing holds the database any more.
			if err := taken.Close(); err != nil {
				t.Fatal(err)
			}
			open(t, log, o).start()
		})
	}
}

func TestDatabaseThatIsServed(t *testing.T) {
	t.Parallel()
	log := &logText{}
	o := options(t, log)
	open(t, log, o).start()
	if _, err := New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "open store") {
		t.Errorf("a second server on the same file: %v", err)
	}
}

func TestStopDrains(t *testing.T) {
	t.Parallel()
	log := &logText{}
	o := options(t, log)
	b := open(t, log, o)
	b.start()
	ready := make(chan struct{})
	endpoint := testkit.NewReceiver(t, testkit.After(ready, testkit.Status(200)))
	b.subscribe(endpoint.URL)
	posted := b.post()
	endpoint.Next(t)

	stopped := make(chan error, 1)
	go func() { stopped <- b.Stop(context.Background()) }()
	b.until("requests are not taken any more", func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", b.Addr())
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	select {
	case err := <-stopped:
		t.Fatalf("stopped with an attempt under way: %v", err)
	default:
	}
	close(ready)
	if err := <-stopped; err != nil {
		t.Fatalf("stop: %v", err)
	}

	b = open(t, log, o)
	b.start()
	if d := b.ended(posted.ID); d.State != "succeeded" || len(d.Attempts) != 1 || len(endpoint.Requests()) != 1 {
		t.Errorf("%+v after %d requests, want one attempt that succeeded", d, len(endpoint.Requests()))
	}
}

func TestPathsAreNotRedirected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"//evil.example.com/api/hooks", "/api//hooks", "/api/../api/hooks", "/receiver"} {
		if got := b.do("GET", path, ""); got.status != http.StatusNotFound || !strings.Contains(got.body, `"request.not_found"`) {
			t.Errorf("%s: %d %s %s", path, got.status, got.header.Get("Location"), got.body)
		}
	}
}

func TestRequestsAreMeasuredByRoute(t *testing.T) {
	t.Parallel()
	for name, prefix := range map[string]string{"AtTheRoot": "", "UnderAPrefix": "/some/prefix"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, "base-url", "http://tidings.example.com"+prefix)
			into[accepted](b, b.do("POST", prefix+"/api/events", event), http.StatusAccepted)
			b.do("GET", prefix+"/api/hooks/secret-identifier", "")
			b.do("GET", prefix+"/nothing", "")
			b.do("POST", prefix+"/receiver/none", event)
			page, err := b.try("GET", "http://"+b.OpsAddr()+"/metrics", "")
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range []string{
				`tidings_http_requests_total{route="POST /api/events",status="202"} 1`,
				`tidings_http_requests_total{route="GET /api/hooks/{id}",status="404"} 1`,
				`tidings_http_requests_total{route="` + prefix + `/receiver/{inbox}",status="404"} 1`,
				`tidings_events_accepted_total 1`,
			} {
				if !strings.Contains(page.body, line+"\n") {
					t.Errorf("no line %s", line)
				}
			}
			if strings.Contains(page.body, "secret-identifier") || strings.Contains(page.body, "nothing\"") {
				t.Error("a label holds what a caller sent")
			}
			if t.Failed() {
				t.Log(page.body)
			}
		})
	}
}
