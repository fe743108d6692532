package registry

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// watched is the real store, whose readings of the registry can be counted, held
// up and changed.
type watched struct {
	*sqlite.Store
	reads  atomic.Int64
	onRead func(content *store.Registry) error
}

func (w *watched) Registry(ctx context.Context) (store.Registry, error) {
	content, err := w.Store.Registry(ctx)
	w.reads.Add(1)
	if err == nil && w.onRead != nil {
		err = w.onRead(&content)
	}
	return content, err
}

func (w *watched) RegistryChanges(ctx context.Context, since int64) (store.RegistryChanges, error) {
	changes, err := w.Store.RegistryChanges(ctx, since)
	w.reads.Add(1)
	if err == nil && w.onRead != nil {
		err = w.onRead(&changes.Registry)
	}
	return changes, err
}

// anyURL accepts what begins with https and drops a fragment.
type anyURL struct{}

func (anyURL) CheckURL(raw string) (string, bool, *webhook.Invalid) {
	if !strings.HasPrefix(raw, "https://") {
		return "", false, &webhook.Invalid{Code: "scheme", Message: "Use https."}
	}
	stored, _, _ := strings.Cut(raw, "#")
	return stored, false, nil
}

type bundle struct {
	*Registry
	store  *watched
	clock  *clock.Fake
	sender *fakeSender
}

func setup(t *testing.T) bundle {
	t.Helper()
	b := bundle{store: &watched{}, clock: clock.NewFake(start), sender: &fakeSender{}}
	var err error
	b.store.Store, err = sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "tidings.db"), Clock: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	r, err := New(t.Context(), Options{Store: b.store, Catalog: catalog.Load(), URLs: anyURL{}, Sender: b.sender, Clock: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	b.Registry = r
	return b
}

func (b bundle) create(t *testing.T, types ...webhook.EventType) webhook.Webhook {
	t.Helper()
	w, err := b.Create(t.Context(), webhook.Webhook{
		Tenant: webhook.DefaultTenant, Name: "Sample", EventTypes: types, URL: "https://hooks.example.com/", Enabled: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (b bundle) set(t *testing.T, id webhook.ID, change func(*webhook.Webhook)) webhook.Webhook {
	t.Helper()
	w, err := b.Update(t.Context(), webhook.DefaultTenant, id, func(w *webhook.Webhook) error { change(w); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// version is that of the registry in the store.
func (b bundle) version(t *testing.T) int64 {
	t.Helper()
	version, err := b.store.RegistryVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func TestCreate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, err := b.Create(t.Context(), webhook.Webhook{
		Tenant: webhook.DefaultTenant, Name: "Sample", Enabled: true,
		EventTypes: []webhook.EventType{"User.Created", "PostSignIn", "User.Created"}, URL: "https://hooks.example.com/a#b",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.ID) != 21 || len(w.SigningKey.Reveal()) != 32 || !w.CreatedAt.Equal(start) {
		t.Errorf("id %q, key of %d characters, created %s", w.ID, len(w.SigningKey.Reveal()), w.CreatedAt)
	}
	if diff := cmp.Diff([]webhook.EventType{"User.Created", "PostSignIn"}, w.EventTypes); diff != "" {
		t.Errorf("event types (-want +got):\n%s", diff)
	}
	if w.URL.Reveal() != "https://hooks.example.com/a" {
		t.Errorf("stored URL %s", w.URL.Reveal())
	}
	found, ok := b.Find(webhook.DefaultTenant, w.ID)
	if !ok || found.Number != w.Number {
		t.Error("the snapshot does not show the new webhook when Create returns")
	}
	if _, ok := b.Find("other", w.ID); ok {
		t.Error("another tenant sees the webhook")
	}
}

func TestRulesReportEveryMistake(t *testing.T) {
	t.Parallel()
	b := setup(t)
	four := 4
	_, err := b.Create(t.Context(), webhook.Webhook{
		Tenant: webhook.DefaultTenant, Name: strings.Repeat("é", 257), URL: "http://hooks.example.com/", Retries: &four,
		EventTypes: []webhook.EventType{"User.Created", "User.Create", "Nope.*"},
		Headers:    []webhook.Header{{Name: "Host", Value: "x"}},
	})
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Fatalf("err = %v", err)
	}
	var got []string
	for _, p := range refused.Problems {
		got = append(got, p.Field+" "+p.Code)
	}
	want := []string{
		"name too_long", "eventTypes.1 unknown_event_type", "eventTypes.2 unknown_event_type", "url scheme",
		"headers.Host reserved_name", "retries out_of_range",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if !strings.Contains(err.Error(), "Did you mean User.Created?") {
		t.Errorf("no suggestion in %q", err)
	}
	if before := b.version(t); before != 0 {
		t.Error("a refused webhook was stored")
	}
}

func TestNameOf256CodePointsAndPatternsAreAccepted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, err := b.Create(t.Context(), webhook.Webhook{
		Tenant: webhook.DefaultTenant, Name: strings.Repeat("😀", 256), URL: "https://hooks.example.com/",
		EventTypes: []webhook.EventType{"User.*", "*"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.DisabledAt == nil {
		t.Error("created disabled, but DisabledAt is not set")
	}
}

func TestUpdateChecksOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	_, err := b.store.UpdateWebhook(t.Context(), webhook.DefaultTenant, w.ID, func(w *webhook.Webhook) error {
		w.URL = "http://accepted-in-development.example.com/"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	disabled := b.set(t, w.ID, func(w *webhook.Webhook) { w.Enabled = false })
	if disabled.DisabledAt == nil || !disabled.DisabledAt.Equal(start) {
		t.Errorf("DisabledAt = %v", disabled.DisabledAt)
	}
	enabled := b.set(t, w.ID, func(w *webhook.Webhook) { w.Enabled = true })
	if enabled.DisabledAt != nil {
		t.Error("DisabledAt stays after enabling")
	}
	_, err = b.Update(t.Context(), webhook.DefaultTenant, w.ID, func(w *webhook.Webhook) error { w.URL = "http://other/"; return nil })
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Errorf("a bad new URL: err = %v", err)
	}
}

func TestUpdateWithoutEffectWritesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	version := b.version(t)
	got := b.set(t, w.ID, func(*webhook.Webhook) {})
	if diff := cmp.Diff(w, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if now := b.version(t); now != version {
		t.Errorf("the registry went from version %d to %d", version, now)
	}
}

func TestChangesOfAnUnknownWebhook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	for name, call := range map[string]func() error{
		"update": func() error {
			_, err := b.Update(t.Context(), "other", w.ID, func(*webhook.Webhook) error { return nil })
			return err
		},
		"rotate": func() error { _, err := b.RotateKey(t.Context(), "other", w.ID); return err },
		"delete": func() error { return b.Delete(t.Context(), "other", w.ID) },
		"test":   func() error { _, err := b.SendTest(t.Context(), "other", w.ID, Test{}); return err },
	} {
		if err := call(); !errors.Is(err, webhook.ErrNotFound) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

func TestRotateKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	rotated, err := b.RotateKey(t.Context(), webhook.DefaultTenant, w.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(rotated.SigningKey.Reveal()) != 32 || rotated.SigningKey == w.SigningKey {
		t.Error("the key is not new")
	}
	if now, _ := b.Webhook(w.Number); now.SigningKey != rotated.SigningKey {
		t.Error("the snapshot has the old key when RotateKey returns")
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.create(t, "User.Created")
	all := b.create(t, "*")
	group := b.create(t, "User.*")
	off := b.create(t, "Role.Created", "User.Created")
	b.set(t, off.ID, func(w *webhook.Webhook) { w.Enabled = false })
	b.set(t, all.ID, func(w *webhook.Webhook) { w.EventTypes = []webhook.EventType{"Scope.Created", "User.Created"} })

	tests := []struct {
		tenant    webhook.TenantID
		eventType webhook.EventType
		webhooks  []int64
		unmatched webhook.Unmatched
	}{
		{webhook.DefaultTenant, "User.Created", []int64{first.Number, all.Number, group.Number}, webhook.UnmatchedNone},
		{webhook.DefaultTenant, "User.Deleted", []int64{group.Number}, webhook.UnmatchedNone},
		{webhook.DefaultTenant, "Role.Created", nil, webhook.UnmatchedDisabled},
		{webhook.DefaultTenant, "Role.Deleted", nil, webhook.UnmatchedNoSubscription},
		{"other", "User.Created", nil, webhook.UnmatchedNoSubscription},
	}
	for _, tt := range tests {
		for range 2 { // computed, then cached
			version, webhooks, unmatched := b.Match(tt.tenant, tt.eventType)
			if !slices.Equal(webhooks, tt.webhooks) || unmatched != tt.unmatched || version != b.version(t) {
				t.Errorf("Match(%s, %s) = %d, %v, %q", tt.tenant, tt.eventType, version, webhooks, unmatched)
			}
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	b := setup(t)
	b.create(t, "User.Created")
	b.Match(webhook.DefaultTenant, "User.Created")
	if n := testing.AllocsPerRun(100, func() { b.Match(webhook.DefaultTenant, "User.Created") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNoMatchAfterDisableOrDeleteReturned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	b.set(t, w.ID, func(w *webhook.Webhook) { w.Enabled = false })
	if _, webhooks, _ := b.Match(webhook.DefaultTenant, "User.Created"); len(webhooks) != 0 {
		t.Errorf("disabled, yet matched: %v", webhooks)
	}
	b.set(t, w.ID, func(w *webhook.Webhook) { w.Enabled = true })
	if err := b.Delete(t.Context(), webhook.DefaultTenant, w.ID); err != nil {
		t.Fatal(err)
	}
	if _, webhooks, unmatched := b.Match(webhook.DefaultTenant, "User.Created"); len(webhooks) != 0 || unmatched != webhook.UnmatchedNoSubscription {
		t.Errorf("deleted, yet matched: %v, %q", webhooks, unmatched)
	}
	if _, ok := b.Webhook(w.Number); ok {
		t.Error("a deleted webhook is still found")
	}
}

func TestListIsNewestFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.create(t, "User.Created")
	twin := b.create(t, "User.Created")
	b.clock.Advance(time.Second)
	recent := b.create(t, "User.Created")
	var got []webhook.ID
	for _, w := range b.List(webhook.DefaultTenant) {
		got = append(got, w.ID)
	}
	if diff := cmp.Diff([]webhook.ID{recent.ID, twin.ID, old.ID}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOnChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var heard []string
	b.OnChange(func(changed []webhook.Webhook) {
		for _, w := range changed {
			state := "active"
			if w.DeletedAt != nil {
				state = "deleted"
			} else if !w.Enabled {
				state = "disabled"
			}
			heard = append(heard, state)
		}
	})
	w := b.create(t, "User.Created")
	b.set(t, w.ID, func(w *webhook.Webhook) { w.Enabled = false })
	if err := b.Delete(t.Context(), webhook.DefaultTenant, w.ID); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"active", "disabled", "deleted"}, heard); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSnapshotNeverGoesBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	b.store.onRead = func(content *store.Registry) error {
		*content = store.Registry{Version: 0} // what a replica that lags would say
		return nil
	}
	if err := b.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.Find(webhook.DefaultTenant, w.ID); !ok {
		t.Error("an older reading replaced a newer one")
	}
}

func TestRefreshesThatWaitShareOneReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		release := make(chan struct{})
		b.store.onRead = func(*store.Registry) error { <-release; return nil }
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := b.Refresh(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(release)
		wg.Wait()
		// One reading was under way when the others came, which is too old for them;
		// they share the next.
		if n := b.store.reads.Load(); n > 3 {
			t.Errorf("%d readings for 20 refreshes", n)
		}
	})
}

func TestRefreshFailureKeepsTheSnapshot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	broken := errors.New("disk is gone")
	b.store.onRead = func(*store.Registry) error { return broken }
	if err := b.Refresh(t.Context()); !errors.Is(err, broken) {
		t.Errorf("err = %v", err)
	}
	if _, ok := b.Find(webhook.DefaultTenant, w.ID); !ok {
		t.Error("the snapshot is gone")
	}
}

func TestChangeIsSeenEvenIfTheCallerGaveUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w, err := b.Create(ctx, webhook.Webhook{Tenant: webhook.DefaultTenant, EventTypes: []webhook.EventType{"User.Created"}, URL: "https://hooks.example.com/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := b.Find(webhook.DefaultTenant, w.ID); !ok {
		t.Error("stored but not in the snapshot")
	}
}

func TestRunNoticesChangesOfOthersWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Run(ctx) }()

		other := webhook.Webhook{ID: "fromanotherprocess000", URL: "https://a.example.com/", SigningKey: "k", CreatedAt: start, UpdatedAt: start, Tenant: webhook.DefaultTenant, EventTypes: []webhook.EventType{"*"}, Enabled: true}
		if _, err := b.store.CreateWebhook(ctx, other); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
		synctest.Wait()
		if _, ok := b.Find(webhook.DefaultTenant, other.ID); !ok {
			t.Error("not noticed after a second")
		}
		reads := b.store.reads.Load()
		<-time.After(time.Minute)
		synctest.Wait()
		if n := b.store.reads.Load(); n != reads {
			t.Errorf("%d readings although nothing changed", n-reads)
		}
		cancel()
		<-done
	})
}
