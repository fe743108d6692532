package main

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/app"
	"github.com/tidingshq/tidings/internal/receiver"
)

// fake is an application whose stop takes a while.
type fake struct {
	startErr  error
	startSlow bool
	fault     chan error
	stopTakes time.Duration
	stopped   chan struct{}
	link      app.OneTimeLink
}

func newFake() *fake { return &fake{fault: make(chan error, 1), stopped: make(chan struct{})} }

func (f *fake) Start(ctx context.Context) error {
	if f.startSlow {
		<-ctx.Done()
		return ctx.Err()
	}
	return f.startErr
}
func (f *fake) SetupLink(context.Context) (app.OneTimeLink, error) { return f.link, nil }
func (f *fake) DemoLink(context.Context) (app.OneTimeLink, error)  { return app.OneTimeLink{}, nil }

func (f *fake) Addr() string                 { return "127.0.0.1:1" }
func (f *fake) Err() <-chan error            { return f.fault }
func (f *fake) Receiver() *receiver.Receiver { return nil }

func (f *fake) Stop(ctx context.Context) error {
	defer close(f.stopped)
	select {
	case <-time.After(f.stopTakes):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serving runs serve in a bubble of virtual time.
func serving(t *testing.T, server *fake, during func(signals chan<- os.Signal)) (took time.Duration, err error) {
	t.Helper()
	signals := make(chan os.Signal, 2)
	ended := make(chan error)
	began := time.Now()
	go func() { ended <- serve(t.Context(), server, signals) }()
	synctest.Wait()
	during(signals)
	err = <-ended
	took = time.Since(began)
	<-server.stopped
	return took, err
}

func TestSignalDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newFake()
		server.stopTakes = 14 * time.Second
		took, err := serving(t, server, func(signals chan<- os.Signal) { signals <- syscall.SIGTERM })
		if err != nil || took != 14*time.Second {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

func TestDrainingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newFake()
		server.stopTakes = time.Hour
		took, err := serving(t, server, func(signals chan<- os.Signal) { signals <- syscall.SIGTERM })
		if !errors.Is(err, context.DeadlineExceeded) || took != drainFor {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newFake()
		server.stopTakes = time.Hour
		took, err := serving(t, server, func(signals chan<- os.Signal) {
			signals <- syscall.SIGTERM
			synctest.Wait()
			signals <- syscall.SIGINT
		})
		if !errors.Is(err, errStoppedAtOnce) || took != 0 {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

func TestFaultEndsTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, fault := newFake(), errors.New("listener broke")
		if _, err := serving(t, server, func(chan<- os.Signal) { server.fault <- fault }); !errors.Is(err, fault) {
			t.Errorf("got %v", err)
		}
	})
}

func TestStartThatFailsIsCleanedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newFake()
		server.startErr = errors.New("port is taken")
		if _, err := serving(t, server, func(chan<- os.Signal) {}); !errors.Is(err, server.startErr) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSignalDuringStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newFake()
		server.startSlow = true
		if _, err := serving(t, server, func(signals chan<- os.Signal) { signals <- syscall.SIGTERM }); err != nil {
			t.Errorf("got %v", err)
		}
	})
}

// opening runs opened in a bubble of virtual time.
func opening(t *testing.T, open func(context.Context) (application, error), during func(signals chan<- os.Signal)) (application, error) {
	t.Helper()
	signals := make(chan os.Signal, 2)
	go func() { synctest.Wait(); during(signals) }()
	return opened(t.Context(), open, signals)
}

func TestSignalWhileOpening(t *testing.T) {
	t.Parallel()
	sigterm := func(signals chan<- os.Signal) { signals <- syscall.SIGTERM }
	t.Run("EndsTheWaiting", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			server, err := opening(t, func(ctx context.Context) (application, error) { <-ctx.Done(); return nil, ctx.Err() }, sigterm)
			if server != nil || err != nil {
				t.Errorf("got %v, %v", server, err)
			}
		})
	})
	t.Run("StopsWhatWasOpened", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			late := newFake()
			server, err := opening(t, func(ctx context.Context) (application, error) { <-ctx.Done(); return late, nil }, sigterm)
			if server != nil || err != nil {
				t.Errorf("got %v, %v", server, err)
			}
			<-late.stopped
		})
	})
	t.Run("TheSecondDoesNotWait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			defer close(release)
			_, err := opening(t, func(context.Context) (application, error) { <-release; return nil, errNotValid }, func(signals chan<- os.Signal) {
				signals <- syscall.SIGTERM
				signals <- syscall.SIGINT
			})
			if !errors.Is(err, errStoppedAtOnce) {
				t.Errorf("got %v", err)
			}
		})
	})
}
