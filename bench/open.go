package main

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// openLoop sends at a fixed rate, whatever the answers: a server that is slow gets no
// rest by it, and its delays are seen in full.
func openLoop(o loadOrder) loadReport {
	p := newProgress(o)
	client := &http.Client{Transport: &wires{address: o.Address, head: o.head()}}
	attacker := vegeta.NewAttacker(vegeta.Client(client), vegeta.MaxWorkers(2048), vegeta.MaxBody(0))
	began := time.Now()
	next := atomic.Int64{}
	next.Store(o.FirstID)
	batch := int64(max(1, o.Batch))
	targets := func(t *vegeta.Target) error {
		t.Method, t.URL = http.MethodPost, "http://"+o.Address
		t.Body = o.appendBody(nil, next.Add(batch)-batch)
		return nil
	}
	pace := vegeta.Rate{Freq: int(o.Rate), Per: time.Second}
	for r := range attacker.Attack(targets, pace, seconds(o.Seconds), "open") {
		if r.Error != "" || r.Code != http.StatusAccepted {
			p.fail(fmt.Sprintf("status %d: %s", r.Code, r.Error))
			continue
		}
		p.acks = append(p.acks, r.Latency)
		p.accepted.Add(batch)
	}
	return p.report(began)
}
