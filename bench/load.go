package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// loadOrder is what a load process is told to do.
type loadOrder struct {
	Address string
	// Key is the API key; empty for the relay.
	Key       string
	EventType string
	// Types makes the events take turns between so many types, whose names are the
	// event type with a number behind it.
	Types int64
	// FirstID numbers the events of this order, so that the sink can tell them apart.
	FirstID int64
	// Count ends a closed loop after so many events; 0 leaves that to Seconds.
	Count       int64
	Seconds     float64
	Connections int
	// Batch is how many events a request carries; 0 and 1 are a single one.
	Batch int
	// Rate makes it an open loop of so many requests a second.
	Rate float64
	// Direct sends signed requests to the address with net/http, as a loop that
	// stores and accepts nothing would.
	Direct bool
}

// loadReport is what came of it. Accepted counts events.
type loadReport struct {
	Accepted int64
	Failed   int64
	Seconds  float64
	// AckP50 and AckP99 are the times of the answers in milliseconds.
	AckP50, AckP99 float64
	Problem        string `json:",omitempty"`
}

// playLoad makes load as it is told.
func playLoad(o loadOrder) loadReport {
	switch {
	case o.Direct:
		return sendLoop(o)
	case o.Rate > 0:
		return openLoop(o)
	default:
		return closedLoop(o)
	}
}

func (o *loadOrder) head() string {
	path, authorization := "/api/events", ""
	if o.Batch > 1 {
		path = "/api/events/batch"
	}
	if o.Key != "" {
		authorization = "Authorization: Bearer " + o.Key + "\r\n"
	}
	return "POST " + path + " HTTP/1.1\r\nHost: " + o.Address + "\r\n" + authorization + "Content-Type: application/json\r\nContent-Length: "
}

const payloadSize = 1 << 10

var filling = strings.Repeat("x", payloadSize)

// appendEvent appends an event of about 1 KiB that names itself and its time.
func appendEvent(b []byte, eventType string, id int64) []byte {
	start := len(b)
	b = append(append(append(b, `{"event":"`...), eventType...), `","n":`...)
	b = strconv.AppendInt(b, id, 10)
	b = append(b, `,"t":`...)
	b = strconv.AppendInt(b, time.Now().UnixNano(), 10)
	b = append(b, `,"data":{"text":"`...)
	b = append(b, filling[:payloadSize-(len(b)-start)-3]...)
	return append(b, `"}}`...)
}

func (o *loadOrder) appendBody(b []byte, id int64) []byte {
	if o.Types > 0 {
		return appendEvent(b, numbered(o.EventType, id%o.Types), id)
	}
	if o.Batch <= 1 {
		return appendEvent(b, o.EventType, id)
	}
	b = append(b, '[')
	for i := range int64(o.Batch) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEvent(b, o.EventType, id+i)
	}
	return append(b, ']')
}

// numbered is one of many event types.
func numbered(eventType string, n int64) string { return eventType + strconv.FormatInt(n, 10) }

// progress is shared by the connections of a load.
type progress struct {
	order    loadOrder
	next     atomic.Int64
	deadline time.Time
	accepted atomic.Int64
	failed   atomic.Int64

	mu      sync.Mutex // guards what follows
	acks    []time.Duration
	problem string
}

func newProgress(o loadOrder) *progress {
	p := &progress{order: o, deadline: time.Now().Add(seconds(o.Seconds))}
	if o.Seconds == 0 {
		p.deadline = time.Now().Add(time.Hour)
	}
	p.next.Store(o.FirstID)
	return p
}

// take numbers the next request; ok is false at the end.
func (p *progress) take() (id int64, ok bool) {
	batch := int64(max(1, p.order.Batch))
	id = p.next.Add(batch) - batch
	return id, (p.order.Count == 0 || id < p.order.FirstID+p.order.Count) && time.Now().Before(p.deadline)
}

func (p *progress) fail(problem string) {
	p.failed.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.problem == "" {
		p.problem = problem
	}
}

func (p *progress) add(acks []time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acks = append(p.acks, acks...)
}

func (p *progress) report(began time.Time) loadReport {
	slices.Sort(p.acks)
	return loadReport{
		Accepted: p.accepted.Load(), Failed: p.failed.Load(), Seconds: time.Since(began).Seconds(),
		AckP50: milliseconds(percentile(p.acks, 0.50)), AckP99: milliseconds(percentile(p.acks, 0.99)), Problem: p.problem,
	}
}

// closedLoop posts over connections that each wait for their answer.
func closedLoop(o loadOrder) loadReport {
	p := newProgress(o)
	began := time.Now()
	var posters sync.WaitGroup
	for range o.Connections {
		posters.Go(func() { p.postAll() })
	}
	posters.Wait()
	return p.report(began)
}

func (p *progress) postAll() {
	w, err := dialWire(p.order.Address)
	if err != nil {
		p.fail(err.Error())
		return
	}
	defer w.conn.Close()
	head := p.order.head()
	var body []byte
	var acks []time.Duration
	defer func() { p.add(acks) }()
	for id, ok := p.take(); ok; id, ok = p.take() {
		body = p.order.appendBody(body[:0], id)
		sent := time.Now()
		status, answer, err := w.post(head, body)
		if err != nil {
			p.fail(err.Error())
			return
		}
		if status != http.StatusAccepted {
			p.fail(fmt.Sprintf("status %d: %.200s", status, answer))
			continue
		}
		acks = append(acks, time.Since(sent))
		p.accepted.Add(int64(max(1, p.order.Batch)))
	}
}

// sendLoop signs and sends with net/http: no server, no storage.
func sendLoop(o loadOrder) loadReport {
	p := newProgress(o)
	transport := &http.Transport{MaxIdleConnsPerHost: o.Connections, MaxConnsPerHost: o.Connections}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	began := time.Now()
	var senders sync.WaitGroup
	for range o.Connections {
		senders.Go(func() {
			for id, ok := p.take(); ok; id, ok = p.take() {
				if err := signAndSend(client, "http://"+o.Address+"/0", appendEvent(nil, o.EventType, id)); err != nil {
					p.fail(err.Error())
					return
				}
				p.accepted.Add(1)
			}
		})
	}
	senders.Wait()
	return p.report(began)
}

// signAndSend is the least that any sender of webhooks does.
func signAndSend(client *http.Client, url string, body []byte) error {
	mac := hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef"))
	mac.Write(body)
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Logto-Signature-Sha-256", hex.EncodeToString(mac.Sum(nil)))
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// percentile of sorted values; zero if there are none.
func percentile[T any](sorted []T, p float64) (value T) {
	if len(sorted) == 0 {
		return value
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}
