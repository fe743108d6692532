package obs

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// AttemptLine is what the log says about an attempt.
type AttemptLine struct {
	Tenant, Webhook, Event, EventType, Delivery string

	Number                          int
	Trigger, Outcome, Reason, Phase string
	// Failed is whether the line is shown at level info.
	Failed bool
	// State is that of the delivery afterwards; NextAt is zero if no attempt
	// follows.
	State    string
	NextAt   time.Time
	Status   int
	Duration time.Duration
}

const (
	lineEvery  = time.Second
	sweepEvery = 10 * time.Second
)

// AttemptLog writes one line for each attempt at level debug. At level info it
// writes failed ones only, for each webhook at most one in a second, which says how
// many were left out before it. Safe for concurrent use.
type AttemptLog struct {
	log *slog.Logger
	now func() time.Time

	mu       sync.Mutex
	webhooks map[string]*quiet
	sweptAt  time.Time
}

// quiet is when a webhook had its last line and how many were left out since.
type quiet struct {
	lineAt     time.Time
	suppressed int
}

// NewAttemptLog makes an AttemptLog. now is the time of day.
func NewAttemptLog(log *slog.Logger, now func() time.Time) *AttemptLog {
	return &AttemptLog{log: log, now: now, webhooks: make(map[string]*quiet), sweptAt: now()}
}

// Attempted logs the attempt if its turn has come.
func (l *AttemptLog) Attempted(ctx context.Context, line AttemptLine) {
	if l.log.Enabled(ctx, slog.LevelDebug) {
		l.log.LogAttrs(ctx, slog.LevelDebug, "delivery.attempted", line.attributes()...)
		return
	}
	if !line.Failed || !l.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	suppressed, turn := l.turn(ctx, line.Webhook)
	if !turn {
		return
	}
	attributes := line.attributes()
	if suppressed > 0 {
		attributes = append(attributes, slog.Int(KeySuppressed, suppressed))
	}
	l.log.LogAttrs(ctx, slog.LevelInfo, "delivery.attempted", attributes...)
}

// Close tells how many lines were left out and not yet told of.
func (l *AttemptLog) Close(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(ctx, l.now().Add(sweepEvery))
}

func (l *AttemptLog) turn(ctx context.Context, webhook string) (suppressed int, turn bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.sweptAt) >= sweepEvery {
		l.sweep(ctx, now)
	}
	known, found := l.webhooks[webhook]
	if !found {
		l.webhooks[webhook] = &quiet{lineAt: now}
		return 0, true
	}
	if now.Sub(known.lineAt) < lineEvery {
		known.suppressed++
		return 0, false
	}
	suppressed = known.suppressed
	*known = quiet{lineAt: now}
	return suppressed, true
}

// sweep forgets webhooks that have had no line for a while, so that the map stays
// as small as the trouble is.
func (l *AttemptLog) sweep(ctx context.Context, now time.Time) {
	l.sweptAt = now
	for webhook, known := range l.webhooks {
		if now.Sub(known.lineAt) < sweepEvery {
			continue
		}
		if known.suppressed > 0 {
			l.log.LogAttrs(ctx, slog.LevelInfo, "delivery.attempted",
				slog.String(KeyWebhook, webhook), slog.Int(KeySuppressed, known.suppressed))
		}
		delete(l.webhooks, webhook)
	}
}

func (line *AttemptLine) attributes() []slog.Attr {
	attributes := make([]slog.Attr, 0, 16)
	text := func(key, value string) {
		if value != "" {
			attributes = append(attributes, slog.String(key, value))
		}
	}
	text(KeyTenant, line.Tenant)
	text(KeyWebhook, line.Webhook)
	text(KeyEvent, line.Event)
	text(KeyEventType, line.EventType)
	text(KeyDelivery, line.Delivery)
	attributes = append(attributes, slog.Int(KeyAttempt, line.Number))
	text(KeyTrigger, line.Trigger)
	text(KeyOutcome, line.Outcome)
	text(KeyReason, line.Reason)
	text(KeyPhase, line.Phase)
	if line.Status != 0 {
		attributes = append(attributes, slog.Int(KeyStatus, line.Status))
	}
	attributes = append(attributes, slog.Duration(KeyDuration, line.Duration))
	text(KeyState, line.State)
	if !line.NextAt.IsZero() {
		attributes = append(attributes, slog.Time(KeyNextAt, line.NextAt))
	}
	return attributes
}
