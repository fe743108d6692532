package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

const pollEvery = 200 * time.Millisecond

// eventView is what the API says of an event.
type eventView struct {
	ID     string `json:"id"`
	FanOut struct {
		Total   int            `json:"total"`
		ByState map[string]int `json:"byState"`
	} `json:"fanOut"`
	UnmatchedReason string         `json:"unmatchedReason"`
	Deliveries      []deliveryView `json:"deliveries"`
}

type deliveryView struct {
	ID      string `json:"id"`
	Webhook struct {
		Name string `json:"name"`
	} `json:"webhook"`
	State        string        `json:"state"`
	CancelReason string        `json:"cancelReason"`
	Attempts     []attemptView `json:"attempts"`
}

type attemptView struct {
	Status int    `json:"status"`
	Reason string `json:"reason"`
}

// ended says whether every delivery has come to its end.
func (e *eventView) ended() bool {
	return e.FanOut.ByState["succeeded"]+e.FanOut.ByState["failed"]+e.FanOut.ByState["cancelled"] >= e.FanOut.Total
}

// wait asks until the event has ended and prints what came of it.
func (c *emitCommand) wait(ctx context.Context, s *session, server *client, sent accepted) error {
	id, told := sent.ID, make(map[string]string)
	if !s.json {
		fmt.Fprintf(s.stderr, "Event %s accepted, %s.\n", id, plural(sent.Deliveries, "webhook"))
	}
	ctx, cancel := context.WithTimeout(ctx, c.WaitFor)
	defer cancel()
	var raw json.RawMessage
	var event eventView
	for {
		if err := server.get(ctx, "/api/events/"+id, &raw); err != nil {
			return giveUp(ctx, err)
		}
		event = eventView{}
		if err := decode(raw, &event); err != nil {
			return err
		}
		if !s.json {
			event.tell(s.stderr, told)
		}
		if event.ended() {
			break
		}
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return giveUp(ctx, ctx.Err())
		}
	}
	if err := show(s, raw, &event); err != nil {
		return err
	}
	if unsuccessful := event.FanOut.Total - event.FanOut.ByState["succeeded"]; unsuccessful > 0 {
		return fmt.Errorf("%d of %d deliveries did not succeed", unsuccessful, event.FanOut.Total)
	}
	return nil
}

// tell writes what is not as it was told last time.
func (e *eventView) tell(w io.Writer, told map[string]string) {
	for i := range e.Deliveries {
		d := &e.Deliveries[i]
		now := d.State
		if len(d.Attempts) > 0 {
			now += fmt.Sprintf(" (%s, %s)", d.lastAnswer(), plural(len(d.Attempts), "attempt"))
		}
		if told[d.ID] != now {
			told[d.ID] = now
			fmt.Fprintf(w, "%s: %s\n", plain(d.Webhook.Name), now)
		}
	}
}

func giveUp(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("the event has not ended yet: it goes on without this command")
	}
	return err
}

func show(s *session, raw json.RawMessage, event *eventView) error {
	if s.json {
		_, err := fmt.Fprintf(s.stdout, "%s\n", raw)
		return err
	}
	return event.print(s.stdout)
}

func (e *eventView) print(w io.Writer) error {
	if e.FanOut.Total == 0 {
		_, err := fmt.Fprintf(w, "Event %s went to nobody: %s.\n", e.ID, e.UnmatchedReason)
		return err
	}
	fmt.Fprintf(w, "Event %s\n", e.ID)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WEBHOOK\tSTATE\tLAST ANSWER\tATTEMPTS\tDELIVERY")
	for _, d := range e.Deliveries {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", d.Webhook.Name, d.State, d.lastAnswer(), len(d.Attempts), d.ID)
	}
	return table.Flush()
}

// lastAnswer is the status of the last attempt, or why there was none.
func (d *deliveryView) lastAnswer() string {
	switch {
	case d.CancelReason != "":
		return d.CancelReason
	case len(d.Attempts) == 0:
		return "-"
	}
	last := d.Attempts[len(d.Attempts)-1]
	if last.Status != 0 {
		return fmt.Sprint(last.Status)
	}
	return last.Reason
}
