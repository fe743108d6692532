package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/obs"
	"github.com/tidingshq/tidings/internal/receiver"
)

// trafficEvery is the pace of --busy.
const trafficEvery = 500 * time.Millisecond

// present shows the first message in full, and how to go on.
func (d *demo) present(m receiver.Message) {
	if d.json {
		_ = printJSON(d.stdout, map[string]any{
			"url": d.base, "apiKey": d.key, "data": d.dir, "body": string(m.Body), "headers": m.Headers,
			"signature": m.Verdict.String(), "valid": m.Verdict.Valid(),
		})
		return
	}
	fmt.Fprintf(d.stdout, "Sent the event %s. The receiver got:\n\n", firstEvent)
	fmt.Fprintf(d.stdout, "  %s %s\n", m.Method, m.Target)
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		for _, value := range m.Headers[name] {
			fmt.Fprintf(d.stdout, "  %s: %s\n", strings.ToLower(name), plain(value))
		}
	}
	fmt.Fprintf(d.stdout, "\n  %s\n\n", plain(string(m.Body)))
	fmt.Fprintf(d.stdout, "  signature: %s\n\n", m.Verdict)
	if !obs.IsTerminal(d.stdout) { // it ends now: an address would be of no use
		if d.command.Keep {
			fmt.Fprintf(d.stdout, "Data:     %s (%s)\n", d.dir, d.fate())
		}
		fmt.Fprintln(d.stdout, "The demonstration has ended. On a terminal it goes on until Ctrl-C.")
		return
	}
	fmt.Fprintf(d.stdout, "URL:      %s\n", d.base)
	fmt.Fprintf(d.stdout, "API key:  %s\n", d.key)
	fmt.Fprintf(d.stdout, "Send one: TIDINGS_URL=%s TIDINGS_API_KEY=%s bin/tidings emit User.Created --wait\n", d.base, d.key)
	fmt.Fprintf(d.stdout, "Metrics:  http://%s/metrics\n", d.ops)
	fmt.Fprintf(d.stdout, "Data:     %s (%s)\n", d.dir, d.fate())
	fmt.Fprintln(d.stdout, "Development mode: http: and private addresses are accepted as endpoints. Ctrl-C ends it.")
}

func (d *demo) fate() string {
	if d.command.Keep {
		return "kept"
	}
	return "removed at the end"
}

// presentShort shows a message on one line.
func (d *demo) presentShort(m receiver.Message) {
	if d.json {
		_ = printJSON(d.stdout, map[string]any{"body": string(m.Body), "valid": m.Verdict.Valid()})
		return
	}
	var event struct {
		Type string `json:"event"`
	}
	_ = json.Unmarshal(m.Body, &event) // a body of something else has no type
	fmt.Fprintf(d.stdout, "%s  %-32s %6d bytes  signature: %s\n",
		m.ReceivedAt.Local().Format(time.TimeOnly), plain(event.Type), len(m.Body), m.Verdict)
}

// plain replaces what could steer a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}

// traffic sends sample events until ctx ends if --busy asks for it, also to a
// webhook whose endpoint answers 404.
func (d *demo) traffic(ctx context.Context) error {
	if !d.command.Busy {
		<-ctx.Done()
		return ctx.Err()
	}
	if err := d.createWebhook(ctx, "Broken receiver", d.base+"/receiver/nobody"); err != nil {
		return err
	}
	types := catalog.Load().All()
	pace := time.NewTicker(trafficEvery)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-pace.C:
			payload := types[rand.IntN(len(types))].Sample(now)
			if _, err := d.client.emit(ctx, payload, ""); err != nil {
				return err
			}
		}
	}
}
