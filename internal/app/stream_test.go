package app

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	contract "github.com/tidingshq/tidings/api"
)

// said is a message of a stream.
type said struct{ event, id, data string }

func (m said) is(event, part string) bool { return m.event == event && strings.Contains(m.data, part) }

// listening reads a stream until the test ends or hangs up.
type listening struct {
	*bundle
	messages chan said
	hangUp   context.CancelFunc
	// last is the identifier of the newest message that next has returned.
	last string
}

func (b *bundle) listen(query string, headers ...string) *listening {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.scheme+"://"+b.Addr()+"/api/stream"+query, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := *b.client
	client.Timeout = 0
	response, err := client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" ||
		response.Header.Get("X-Accel-Buffering") != "no" || response.Header.Get("Cache-Control") != "no-store" {
		b.t.Errorf("%s %v", response.Status, response.Header)
	}
	l := &listening{bundle: b, messages: make(chan said, 1000), hangUp: cancel}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(l.messages)
		var m said
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				m.event = value
			case "id":
				m.id = value
			case "data":
				m.data = value
			case "":
				if m.event != "" {
					l.messages <- m
				}
				m = said{}
			}
		}
	}()
	b.t.Cleanup(func() { cancel(); <-done })
	return l
}

// until reads on to the message that is wanted, and returns all up to it.
func (l *listening) until(event, part string) (all []said) {
	l.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case m, ok := <-l.messages:
			if !ok {
				l.t.Fatalf("the stream ended after %v without %s %s\n%s", all, event, part, l.log)
			}
			if all = append(all, m); m.id == "" {
				l.t.Errorf("a message without an identifier: %v", m)
			}
			l.last = m.id
			if m.is(event, part) {
				return all
			}
		case <-limit:
			l.t.Fatalf("waited in vain for %s %s after %v\n%s", event, part, all, l.log)
		}
	}
}

// end reads the rest of a stream that is to end.
func (l *listening) end() (all []said) {
	l.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case m, ok := <-l.messages:
			if !ok {
				return all
			}
			all = append(all, m)
		case <-limit:
			l.t.Fatalf("the stream does not end: %v", all)
		}
	}
}

// names lists the events of messages.
func names(all []said) (list []string) {
	for _, m := range all {
		list = append(list, m.event)
	}
	return list
}

func TestStreamTellsWhatHappens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.listen("")
	l.until("stats", `"requestCount":0`)
	b.subscribe("http://127.0.0.1:4/")
	l.until("webhook.updated", `"change":"created"`)
	id := b.post().ID
	l.until("event.accepted", `"id":"`+id+`"`)
	delivery := b.ended(id)
	if told := l.until("stats", `"requestCount":1`); !slices.ContainsFunc(told, func(m said) bool {
		return strings.HasPrefix(m.event, "delivery.") && strings.Contains(m.data, delivery.ID) && strings.Contains(m.data, `"state":"failed"`)
	}) {
		t.Errorf("the delivery is not told: %v", told)
	}
	into[struct{}](b, b.do("POST", "/api/deliveries/"+delivery.ID+"/redeliver", ""), http.StatusAccepted)
	l.until("delivery.updated", `"number":2`)
	unwanted := into[accepted](b, b.do("POST", "/api/events", `{"event":"Role.Created"}`), http.StatusAccepted).ID
	l.until("event.accepted", `"id":"`+unwanted+`","eventType":"Role.Created","source":"bootstrap"`)
	box := into[made](b, b.do("POST", "/api/receiver/inboxes", ""), http.StatusCreated).ID
	b.do("POST", "/receiver/"+box, "{}")
	l.until("receiver.message", `"inbox":"`+box+`"`)
}

// Many at once are counted, not listed.
func TestStreamCountsBursts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.listen("")
	l.until("stats", "")
	b.subscribe(b.scheme + "://" + b.Addr() + inbox)
	l.until("webhook.updated", "")
	batch := "[" + strings.Repeat(event+",", 99) + event + "]"
	into[[]accepted](b, b.do("POST", "/api/events/batch", batch), http.StatusAccepted)
	told := l.until("burst", `"accepted":100`)
	if list := names(told); slices.Contains(list, "event.accepted") {
		t.Errorf("events were told one by one: %v", list)
	}
}

func TestStreamGoesOnBehindAMessage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.listen("")
	first.until("stats", "")
	id := into[accepted](b, b.do("POST", "/api/events", `{"event":"Role.Created"}`), http.StatusAccepted).ID
	first.until("event.accepted", id)
	first.hangUp()
	first.end()
	missed := into[accepted](b, b.do("POST", "/api/events", `{"event":"Role.Deleted"}`), http.StatusAccepted).ID
	for _, again := range []*listening{b.listen("?after=" + first.last), b.listen("", "Last-Event-ID", first.last)} {
		for _, m := range again.until("event.accepted", missed) {
			if m.event == "resync" || strings.Contains(m.data, id) {
				t.Errorf("told again: %v", m)
			}
		}
	}
	for _, unknown := range []string{"x", "nowhere-1", first.last + "zzzz"} {
		if all := b.listen("?after="+unknown).until("resync", `{"reason":"unknown"}`); len(all) != 1 {
			t.Errorf("before the resync: %v", all)
		}
	}
}

func TestStreamEndsWithItsKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key := into[made](b, b.do("POST", "/api/api-keys", `{"name":"Watcher","scopes":["read"]}`), http.StatusCreated)
	l, other := b.listen("", "Authorization", "Bearer "+key.Key), b.listen("")
	l.until("stats", "")
	if got := b.do("DELETE", "/api/api-keys/"+key.ID, ""); got.status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", got.status, got.body)
	}
	if all := l.end(); len(all) == 0 || !all[len(all)-1].is("bye", `{"reason":"revoked"}`) {
		t.Errorf("the end was %v", all)
	}
	b.subscribe("http://127.0.0.1:4/")
	other.until("webhook.updated", "")
}

func TestStreamEndsWithTheServer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.listen("")
	l.until("stats", "")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Error(err)
	}
	if all := l.end(); len(all) == 0 || !all[len(all)-1].is("bye", `{"reason":"shutdown"}`) {
		t.Errorf("the end was %v", all)
	}
}

func TestStreamsOfTenantsAreApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	into[made](b, b.do("POST", "/api/tenants", `{"id":"other","name":"Others"}`), http.StatusCreated)
	key := into[made](b, b.do("POST", "/api/tenants/other/api-keys", `{"name":"Theirs","scopes":["admin"]}`), http.StatusCreated).Key
	mine, theirs := b.listen(""), b.listen("", "Authorization", "Bearer "+key)
	mine.until("stats", "")
	theirs.until("stats", "")
	b.subscribe("http://127.0.0.1:4/")
	id := b.post().ID
	box := into[made](b, b.do("POST", "/api/receiver/inboxes", ""), http.StatusCreated).ID
	b.do("POST", "/receiver/"+box, "{}")
	mine.until("receiver.message", box)
	b.ended(id)
	own := into[accepted](b, b.do("POST", "/api/events", `{"event":"Role.Created"}`, "Authorization", "Bearer "+key), http.StatusAccepted).ID
	for _, m := range theirs.until("event.accepted", own) {
		if m.event != "stats" && !m.is("event.accepted", own) {
			t.Errorf("another tenant is told %v", m)
		}
	}
	// A place among their messages is none among ours.
	if all := b.listen("?after="+theirs.last).until("resync", "unknown"); len(all) != 1 {
		t.Errorf("got %v", all)
	}
}

// tryStream reads the beginning of a stream.
func (s *scene) tryStream(doc *document, op operation, name string, example contract.Example) {
	s.t.Helper()
	l := s.listen("")
	var text strings.Builder
	for _, m := range l.until("stats", "") {
		doc.checkMessage(s.t, op, m)
		fmt.Fprintf(&text, "event: %s\nid: %s\ndata: %s\n\n", m.event, m.id, m.data)
	}
	if *record {
		got := answer{http.StatusOK, http.Header{"Content-Type": {"text/event-stream"}}, text.String()}
		s.record(name, example, got)
		return
	}
	for block := range strings.SplitSeq(strings.TrimSpace(example.Response.Text), "\n\n") {
		var m said
		if _, err := fmt.Sscanf(block, "event: %s\nid: %s\ndata: %s", &m.event, &m.id, &m.data); err != nil {
			s.t.Fatalf("%v: %s", err, block)
		}
		doc.checkMessage(s.t, op, m)
	}
}

// checkMessage checks the data of a message against the description of the stream.
func (d *document) checkMessage(t *testing.T, op operation, m said) {
	t.Helper()
	d.check(t, []byte(m.data), "paths", op.path, "get", "responses", "200", "content", "text/event-stream", "schema")
}
