package move_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/move"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

var errFault = errors.New("the database is gone")

// interruptedAtEveryBatch ends each run after one batch more, by turns just before
// the next commit and just after the one that was made.
func interruptedAtEveryBatch(t *testing.T, k *kit) {
	t.Helper()
	path, c := k.filled(t)
	to, _ := k.target(t)
	runs := 0
	for ; runs < 500; runs++ {
		report, err := interrupted(t, move.Options{From: path, To: to, Now: c.Now(), BatchRows: 40}, runs%2 == 0)
		if err == nil {
			if !report.Resumed {
				t.Error("the last run did not go on with the one before it")
			}
			break
		}
		if _, err := postgres.Open(t.Context(), to); !errors.Is(err, postgres.ErrUnfinished) {
			t.Fatalf("after run %d the target opens: %v", runs, err)
		}
	}
	if runs < 20 || runs == 500 {
		t.Fatalf("it took %d runs", runs)
	}
	sameEverywhere(t, path, to, c)
}

// interrupted runs until one batch with rows in it is committed; the run ends there, or
// when the next one is about to be.
func interrupted(t *testing.T, o move.Options, after bool) (move.Report, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	copied := false
	o.Progress = func(p move.Progress) {
		if copied = copied || !p.Checking; copied && after && !p.Checking {
			cancel()
		}
	}
	o.To.Fault = func(string) error {
		if copied && !after {
			return errFault
		}
		return nil
	}
	report, err := move.Run(ctx, o)
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, errFault) {
		t.Fatal(err)
	}
	return report, err
}

// begun is a move that has been interrupted, and goes on unless something has changed.
func (k *kit) begun(t *testing.T) (move.Options, *clock.Fake) {
	t.Helper()
	path, c := k.filled(t)
	to, _ := k.target(t)
	o := move.Options{From: path, To: to, Now: c.Now(), BatchRows: 40}
	for range 8 {
		if _, err := interrupted(t, o, true); err == nil {
			t.Fatal("it has ended already")
		}
	}
	return o, c
}

func startsAnewAfterAChange(t *testing.T, k *kit) {
	t.Helper()
	for name, change := range map[string]func(t *testing.T, s store.Store, c *clock.Fake){
		"AServerHasRun": func(t *testing.T, s store.Store, c *clock.Fake) {
			t.Helper()
			if _, err := s.Join(t.Context(), c.Now()); err != nil {
				t.Fatal(err)
			}
		},
		"ACommandHasAddedSomething": func(t *testing.T, s store.Store, _ *clock.Fake) {
			t.Helper()
			createWebhook(t, s, "late")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, c := k.begun(t)
			change(t, reopened(t, o.From, c), c)
			if report := run(t, o); report.Resumed {
				t.Error("went on with a copy of what was there before")
			}
			sameEverywhere(t, o.From, o.To, c)
		})
	}
}

// changeThatOnlyTheContentShows changes what has been copied, without a trace in any
// number: comparing finds it, and the next run starts anew.
func changeThatOnlyTheContentShows(t *testing.T, k *kit) {
	t.Helper()
	for name, statement := range map[string]string{
		"AValue":  "UPDATE api_keys SET name = 'another' WHERE id = 'one'",
		"Nothing": "UPDATE deliveries SET body = x'' WHERE number = (SELECT min(number) FROM deliveries WHERE body IS NULL)",
		"ABool":   "UPDATE tenants SET checklist_tested = 0",
		"AKey":    "UPDATE api_keys SET id = 'zzz' WHERE id = 'one'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, c := k.filled(t)
			to, _ := k.target(t)
			o := move.Options{From: path, To: to, Now: c.Now()}
			if _, err := move.Run(t.Context(), stopAtCheck(o)); !errors.Is(err, errFault) {
				t.Fatalf("%v", err)
			}
			execSQLite(t, o.From, statement)
			if _, err := move.Run(t.Context(), o); err == nil || errors.Is(err, errFault) {
				t.Fatalf("the change was not seen: %v", err)
			} else {
				t.Log(err)
			}
			if report := run(t, o); report.Resumed {
				t.Error("did not start anew")
			}
			sameEverywhere(t, o.From, o.To, c)
		})
	}
}

// stopAtCheck makes a run fail when everything has been copied.
func stopAtCheck(o move.Options) move.Options {
	checking := false
	o.Progress = func(p move.Progress) { checking = p.Checking }
	o.To.Fault = func(string) error {
		if checking {
			return errFault
		}
		return nil
	}
	return o
}

func twoMovesAtATime(t *testing.T, k *kit) {
	t.Helper()
	for name, ended := range map[string]bool{"TheOtherHasEnded": true, "TheOtherHasNotEnded": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, c := k.filled(t)
			other, _ := k.filled(t)
			to, _ := k.target(t)
			second := move.Options{From: other, To: to, Now: c.Now(), BatchRows: 40}
			first := second
			first.From = path
			begun := false
			first.Progress = func(move.Progress) {
				if begun {
					return
				}
				begun = true
				if ended {
					run(t, second)
				} else if _, err := interrupted(t, second, true); err == nil {
					t.Error("the other one has ended")
				}
			}
			if _, err := move.Run(t.Context(), first); !errors.Is(err, postgres.ErrTakenOver) {
				t.Fatalf("the first one goes on: %v", err)
			}
			if !ended {
				run(t, second)
			}
			sameEverywhere(t, other, to, c)
		})
	}
}

func refused(t *testing.T, k *kit) {
	t.Helper()
	path, c := k.filled(t)
	t.Run("WhileAServerUsesTheFile", func(t *testing.T) {
		t.Parallel()
		path, c := k.filled(t)
		server, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Serve: true})
		if err != nil {
			t.Fatal(err)
		}
		to, _ := k.target(t)
		if _, err := move.Run(t.Context(), move.Options{From: path, To: to, Now: c.Now()}); err == nil {
			t.Error("moved the file of a running server")
		}
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		openPostgres(t, to) // nothing has begun
	})
	t.Run("WithoutAFile", func(t *testing.T) {
		t.Parallel()
		to, _ := k.target(t)
		if _, err := move.Run(t.Context(), move.Options{From: path + ".none", To: to, Now: c.Now()}); err == nil {
			t.Error("moved nothing")
		}
		openPostgres(t, to)
	})
	t.Run("WhenTheTargetIsInUse", func(t *testing.T) {
		t.Parallel()
		for name, use := range map[string]func(s store.Store) error{
			"AServerHasRun": func(s store.Store) error { _, err := s.Join(t.Context(), c.Now()); return err },
			"ATenant": func(s store.Store) error {
				return s.CreateTenant(t.Context(), webhook.Tenant{ID: "other", CreatedAt: c.Now()})
			},
			"AKey":    func(s store.Store) error { return s.PutKey(t.Context(), webhook.APIKey{ID: "a", Tenant: "default"}) },
			"ASecret": func(s store.Store) error { _, err := s.Secret(t.Context(), "a", []byte("b")); return err },
		} {
			to, _ := k.target(t)
			if err := use(opened(t, to, c)); err != nil {
				t.Fatal(err)
			}
			var filled *postgres.NotEmptyError
			if _, err := move.Run(t.Context(), move.Options{From: path, To: to, Now: c.Now()}); !errors.As(err, &filled) {
				t.Errorf("%s: moved over what was there: %v", name, err)
			}
			openPostgres(t, to)
		}
	})
}

// nobodyGetsInMeanwhile holds that a server can begin on neither side, and no
// command changes the source.
func nobodyGetsInMeanwhile(t *testing.T, k *kit) {
	t.Helper()
	path, c := k.filled(t)
	to, _ := k.target(t)
	early := opened(t, to, c)
	asked := 0
	run(t, move.Options{From: path, To: to, Now: c.Now(), Progress: func(p move.Progress) {
		if p.Table != "events" {
			return
		}
		asked++
		if _, err := early.Join(t.Context(), c.Now()); !errors.Is(err, postgres.ErrUnfinished) {
			t.Errorf("a server joins the target: %v", err)
		}
		if _, err := postgres.Open(t.Context(), to); !errors.Is(err, postgres.ErrUnfinished) {
			t.Errorf("the target opens: %v", err)
		}
		if s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Serve: true}); err == nil {
			t.Error("a server starts on the source")
			_ = s.Close()
		}
	}})
	if asked == 0 {
		t.Error("nobody has tried")
	}
	if _, err := early.Join(t.Context(), c.Now()); err != nil {
		t.Errorf("after the move no server joins: %v", err)
	}
}
