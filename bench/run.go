package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// rig is what all runs share.
type rig struct {
	options
	progress   io.Writer
	sink, load *process
	sinkAt     string
}

func newRig(o options, progress io.Writer) (_ *rig, err error) {
	r := &rig{options: o, progress: progress}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.stop())
		}
	}()
	if r.load, err = play("load"); err != nil {
		return nil, err
	}
	if r.sink, err = play("sink"); err != nil {
		return nil, err
	}
	var at struct{ Address string }
	err = r.sink.hear(&at)
	r.sinkAt = at.Address
	return r, err
}

func (r *rig) stop() error { return errors.Join(r.load.stop(), r.sink.stop()) }

func (r *rig) say(format string, args ...any) { fmt.Fprintf(r.progress, format+"\n", args...) }

// start starts a system with a webhook for each of its endpoints.
func (r *rig) start(system string, fanout int) (t *target, err error) {
	switch system {
	case loopSystem:
		return &target{address: r.sinkAt}, nil
	case relaySystem:
		p, err := play("relay", r.sinkAt, strconv.Itoa(fanout))
		if err != nil {
			return nil, err
		}
		var at struct{ Address string }
		err = p.hear(&at)
		return &target{process: p, address: at.Address}, err
	}
	if t, err = r.startStored(system); err != nil {
		return nil, err
	}
	err = t.subscribeMany(0, fanout, eventType, func(i int) string { return fmt.Sprintf("http://%s/%d", r.sinkAt, i) })
	return t, err
}

// startStored starts Tidings on an empty database.
func (r *rig) startStored(system string, more ...string) (t *target, err error) {
	folder, err := os.MkdirTemp(r.scratch, "tidings-bench-")
	if err != nil {
		return nil, err
	}
	remove := func() error { return os.RemoveAll(folder) }
	database, url := (*process)(nil), "sqlite:"+filepath.Join(folder, "tidings.db")
	if system == postgresSystem {
		if database, url, err = startPostgres(folder); err != nil {
			return nil, errors.Join(err, remove())
		}
	}
	if t, err = startTidings(r.binary, url, more...); err != nil {
		return nil, errors.Join(err, database.stop(), remove())
	}
	t.database, t.folder = database, folder
	t.closers = append(t.closers, remove)
	return t, nil
}

// warmUp is how many events a run begins with that do not count.
const warmUp = 2000

// idsPerHook bounds the identifiers of one run for each webhook.
const idsPerHook = 1 << 22

// measureOne runs a workload on a system once.
func (r *rig) measureOne(w *workload, system string, full float64) (figures, error) {
	t, err := r.start(system, w.fanout)
	if err != nil {
		return nil, err
	}
	f, err := r.loadAndCount(w, system, t, full)
	return f, errors.Join(err, t.stop())
}

func (r *rig) loadAndCount(w *workload, system string, t *target, full float64) (figures, error) {
	order := w.order(system, t, r.seconds, full)
	warm := order
	warm.Count, warm.Rate, warm.Connections, warm.Seconds = warmUp, 0, max(16, order.Connections), 30
	fanout := w.fanout
	if system == loopSystem {
		fanout = 1
	}
	if _, _, err := r.oneLoad(warm, fanout); err != nil {
		return nil, err
	}
	endProfile, err := r.beginProfile(t, w.name+"-"+system)
	if err != nil {
		return nil, err
	}
	settleDisk()
	t.forgetPeak()
	server, database, load, sink := t.usage(), t.database.usage(), r.load.usage(), r.sink.usage()
	began := time.Now()
	sent, arrived, err := r.oneLoad(order, fanout)
	if err != nil {
		return nil, err
	}
	f := count(sent, arrived, began, fanout)
	f.addUsage(t.usage().minus(server), r.load.usage().minus(load), r.sink.usage().minus(sink), float64(arrived.Distinct))
	f["cpu s/1k database"] = t.database.usage().minus(database).CPU / float64(arrived.Distinct) * 1000
	return f, endProfile()
}

// oneLoad makes a load and waits until everything has arrived, or nothing more does.
func (r *rig) oneLoad(o loadOrder, fanout int) (sent loadReport, arrived sinkReport, err error) {
	if err := r.sink.ask(sinkOrder{Begin: &sinkBegin{Hooks: int64(fanout), IDs: idsPerHook, Watched: -1}}, &arrived); err != nil {
		return sent, arrived, err
	}
	if err := r.load.ask(o, &sent); err != nil {
		return sent, arrived, err
	}
	if sent.Accepted == 0 {
		return sent, arrived, fmt.Errorf("nothing was accepted: %s", sent.Problem)
	}
	err = r.sink.ask(sinkOrder{Await: sent.Accepted * int64(fanout), Patience: 20}, &arrived)
	return sent, arrived, err
}

// beginProfile fetches a profile of the server beside the run, if that is wanted.
func (r *rig) beginProfile(t *target, name string) (end func() error, err error) {
	if r.profiles == "" || t.ops == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(filepath.Join(r.profiles, name+".pprof"))
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() { done <- t.profile(file, seconds(max(1, r.seconds-1))) }()
	return func() error { return errors.Join(<-done, file.Close()) }, nil
}
