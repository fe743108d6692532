package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"
)

const (
	tailEvery = time.Second
	tailPages = 20
	// tailOverlap is read again, since deliveries of one moment may appear after
	// each other.
	tailOverlap = 2 * time.Second
	// tailFollows is how long a delivery that has not ended is looked at again.
	tailFollows = time.Hour
	tailTime    = "2006-01-02T15:04:05.000Z07:00"
)

type tailCommand struct {
	Webhook    string         `help:"Only this webhook: identifier, or the name if only one has it." short:"w" placeholder:"WEBHOOK"`
	EventTypes []string       `name:"event-type" short:"e" help:"Only this event type; repeatable." placeholder:"TYPE" sep:"none"`
	States     []string       `name:"state" help:"Only this state; repeatable." placeholder:"STATE" sep:"none"`
	Last       int            `default:"10" help:"Begin with so many that are there already, at most 100."`
	For        *time.Duration `help:"End after this long, more than 0s; otherwise with Ctrl-C." placeholder:"DURATION"`
}

// Help is shown by kong.
func (*tailCommand) Help() string {
	return "One line for each delivery, and another one each time it changes.\n" + serverHelp +
		examples("tidings tail", "tidings tail --webhook Orders --state failed --json")
}

// Run is called by kong.
func (c *tailCommand) Run(ctx context.Context, s *session) error {
	if c.Last < 0 || c.Last > 100 {
		return usageError{fmt.Errorf("--last is 0 to 100")}
	}
	if c.For != nil && *c.For <= 0 {
		return usageError{fmt.Errorf("--for is more than 0s; without it Ctrl-C ends it")}
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.For != nil {
		limited, cancel := context.WithTimeout(ctx, *c.For)
		defer cancel()
		ctx = limited
	}
	err := s.withServer(func(server *client) error {
		t := &follower{session: s, server: server, query: url.Values{"eventType": c.EventTypes, "state": c.States}, seen: map[string]seenDelivery{}}
		if c.Webhook != "" {
			id, err := server.webhook(ctx, c.Webhook)
			if err != nil {
				return err
			}
			t.query.Set("webhook", id)
		}
		return t.follow(ctx, c.Last)
	})
	if ctx.Err() != nil {
		return nil // that is how it ends
	}
	return err
}

// follower shows deliveries as they come and change.
type follower struct {
	*session
	server *client
	query  url.Values
	seen   map[string]seenDelivery
	newest time.Time
}

type seenDelivery struct {
	acceptedAt time.Time
	looks      string
	ended      bool
}

// tailRow is what a line tells of a delivery.
type tailRow struct {
	deliveryView

	EventType     string    `json:"eventType"`
	AcceptedAt    time.Time `json:"acceptedAt"`
	LastAttemptAt time.Time `json:"lastAttemptAt"`
}

func (r *tailRow) ended() bool {
	return r.State == "succeeded" || r.State == "failed" || r.State == "cancelled"
}

func (f *follower) follow(ctx context.Context, last int) error {
	if err := f.begin(ctx, last); err != nil {
		return err
	}
	pace := time.NewTicker(tailEvery)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pace.C:
		}
		query := cloneValues(f.query)
		if from := f.from(); !from.IsZero() {
			query.Set("from", from.UTC().Format(tailTime))
		}
		query.Set("limit", "100")
		rows, err := f.server.pages(ctx, "/api/deliveries", query, tailPages)
		if err != nil {
			return err
		}
		if err := f.show(rows, 0); err != nil {
			return err
		}
	}
}

// begin shows the last deliveries that are there already. At least one is read, to
// know where to go on by the server's clock.
func (f *follower) begin(ctx context.Context, last int) error {
	query := cloneValues(f.query)
	query.Set("limit", strconv.Itoa(max(1, last)))
	rows, err := f.server.pages(ctx, "/api/deliveries", query, 1)
	if err != nil {
		return err
	}
	if err := f.show(rows, max(0, len(rows)-last)); err != nil || f.newest.IsZero() {
		return err
	}
	// What is read again for the overlap is not new.
	query.Set("from", f.newest.Add(-tailOverlap).UTC().Format(tailTime))
	query.Set("to", f.newest.UTC().Format(tailTime))
	query.Set("limit", "100")
	rows, err = f.server.pages(ctx, "/api/deliveries", query, tailPages)
	if err != nil {
		return err
	}
	return f.show(rows, len(rows))
}

// from is the time of acceptance to read from: that of the oldest delivery that may
// still change, or the newest one's.
func (f *follower) from() time.Time {
	if f.newest.IsZero() {
		return f.newest
	}
	from := f.newest.Add(-tailOverlap)
	for _, d := range f.seen {
		if !d.ended && d.acceptedAt.Before(from) && f.newest.Sub(d.acceptedAt) < tailFollows {
			from = d.acceptedAt
		}
	}
	for id, d := range f.seen {
		if d.acceptedAt.Before(from) {
			delete(f.seen, id)
		}
	}
	return from
}

// show prints what is new or has changed, oldest first. The first skip of the rows
// that come oldest are only remembered.
func (f *follower) show(rows []json.RawMessage, skip int) error {
	for i, raw := range slices.Backward(rows) {
		var row tailRow
		if err := decode(raw, &row); err != nil {
			return err
		}
		looks := fmt.Sprint(row.State, len(row.Attempts))
		if f.seen[row.ID].looks == looks {
			continue
		}
		f.seen[row.ID] = seenDelivery{row.AcceptedAt, looks, row.ended()}
		if row.AcceptedAt.After(f.newest) {
			f.newest = row.AcceptedAt
		}
		if len(rows)-1-i < skip {
			continue
		}
		if err := f.line(raw, &row); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) line(raw json.RawMessage, row *tailRow) error {
	if f.json {
		return printLines(f.stdout, []json.RawMessage{raw})
	}
	at := row.AcceptedAt
	if !row.LastAttemptAt.IsZero() {
		at = row.LastAttemptAt
	}
	_, err := fmt.Fprintf(f.stdout, "%s  %-9s  %-18s  %s  %-28s  %s\n", at.Local().Format(time.TimeOnly), row.State, row.lastAnswer(), row.ID, row.EventType, plain(row.Webhook.Name))
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

func cloneValues(values url.Values) url.Values {
	copied := make(url.Values, len(values))
	for name, list := range values {
		copied[name] = slices.Clone(list)
	}
	return copied
}
