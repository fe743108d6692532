package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
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
	if host, port, err := net.SplitHostPort(d.server.Addr()); err == nil {
		fmt.Fprintf(d.stdout, "Over ssh: ssh -L %s:%s THIS-MACHINE on yours; then the addresses here work there too.\n", port, net.JoinHostPort(host, port))
	}
	fmt.Fprintf(d.stdout, "Metrics:  http://%s/metrics\n", d.ops)
	fmt.Fprintf(d.stdout, "Data:     %s (%s)\n", d.dir, d.fate())
	fmt.Fprintln(d.stdout, "Development mode: http: and private addresses are accepted as endpoints. Ctrl-C ends it.")
}

// offerConsole prints how to get into the console: last, where it is seen.
func (d *demo) offerConsole(ctx context.Context) error {
	if !d.console {
		fmt.Fprintf(d.stderr, "Console:  %s.\n", noConsole)
		return nil
	}
	link, err := d.server.DemoLink(ctx)
	if err != nil {
		return fmt.Errorf("make a link to the console: %w", err)
	}
	if d.json {
		return printJSON(d.stdout, map[string]any{"console": link.URL, "expiresAt": link.ExpiresAt})
	}
	fmt.Fprintf(d.stdout, "Console:  %s\n          Signs in once, within 30 minutes. Enter makes another.\n", link.URL)
	return nil
}

// offerMore prints another link for each line that is entered, until there are no
// more. Nothing waits for it: a terminal that nobody types at cannot be interrupted.
func (d *demo) offerMore(ctx context.Context) {
	lines := bufio.NewScanner(d.stdin)
	for lines.Scan() && ctx.Err() == nil {
		if err := d.offerConsole(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintln(d.stderr, err)
		}
	}
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
