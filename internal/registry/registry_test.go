package registry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// memory is a store of webhooks and keys without a disk. Tests of the registry
// need to hold up and to fail readings, which a real store does not offer.
type memory struct {
	mu       sync.Mutex
	version  int64
	webhooks []webhook.Webhook
	keys     []webhook.APIKey
	reads    int
	onRead   func(n int, content *store.Registry) error
}

func (m *memory) CreateWebhook(_ context.Context, w webhook.Webhook) (webhook.Webhook, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	w.Number, w.Version = int64(len(m.webhooks)+1), 1
	m.webhooks = append(m.webhooks, w)
	return w, nil
}

func (m *memory) UpdateWebhook(_ context.Context, tenant webhook.TenantID, id webhook.ID, change func(*webhook.Webhook) error) (webhook.Webhook, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, w := range m.webhooks {
		if w.Tenant == tenant && w.ID == id && w.DeletedAt == nil {
			w = clone(&w)
			if err := change(&w); err != nil {
				return webhook.Webhook{}, err
			}
			m.version++
			w.Version++
			m.webhooks[i] = w
			return w, nil
		}
	}
	return webhook.Webhook{}, webhook.ErrNotFound
}

func (m *memory) DeleteWebhook(ctx context.Context, tenant webhook.TenantID, id webhook.ID) (webhook.Webhook, error) {
	return m.UpdateWebhook(ctx, tenant, id, func(w *webhook.Webhook) error { w.DeletedAt = &start; return nil })
}

func (m *memory) Registry(context.Context) (store.Registry, error) {
	m.mu.Lock()
	content := store.Registry{Version: m.version, Keys: slices.Clone(m.keys)}
	for _, w := range slices.Backward(m.webhooks) {
		if w.DeletedAt == nil {
			content.Webhooks = append(content.Webhooks, w)
		}
	}
	m.reads++
	n, onRead := m.reads, m.onRead
	m.mu.Unlock()
	if onRead != nil {
		return content, onRead(n, &content)
	}
	return content, nil
}

func (m *memory) RegistryVersion(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.version, nil
}

func (m *memory) PutKey(_ context.Context, key webhook.APIKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	m.keys = append(slices.DeleteFunc(m.keys, func(k webhook.APIKey) bool { return k.ID == key.ID }), key)
	return nil
}

func (m *memory) DeleteKey(context.Context, webhook.TenantID, string) error { return nil }

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
	memory *memory
	clock  *clock.Fake
	sender *fakeSender
}

func setup(t *testing.T) bundle {
	t.Helper()
	b := bundle{memory: &memory{}, clock: clock.NewFake(start), sender: &fakeSender{}}
	r, err := New(t.Context(), Options{Store: b.memory, Catalog: catalog.Load(), URLs: anyURL{}, Sender: b.sender, Clock: b.clock})
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
	if len(b.memory.webhooks) != 0 {
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
	b.memory.webhooks[0].URL = "http://accepted-in-development.example.com/"

	disabled := b.set(t, w.ID, func(w *webhook.Webhook) { w.Enabled = false })
	if disabled.DisabledAt == nil || !disabled.DisabledAt.Equal(start) {
		t.Errorf("DisabledAt = %v", disabled.DisabledAt)
	}
	enabled := b.set(t, w.ID, func(w *webhook.Webhook) { w.Enabled = true })
	if enabled.DisabledAt != nil {
		t.Error("DisabledAt stays after enabling")
	}
	_, err := b.Update(t.Context(), webhook.DefaultTenant, w.ID, func(w *webhook.Webhook) error { w.URL = "http://other/"; return nil })
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Errorf("a bad new URL: err = %v", err)
	}
}

func TestUpdateWithoutEffectWritesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	got := b.set(t, w.ID, func(*webhook.Webhook) {})
	if diff := cmp.Diff(w, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b.memory.version != 1 {
		t.Errorf("registry is at version %d", b.memory.version)
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
			if !slices.Equal(webhooks, tt.webhooks) || unmatched != tt.unmatched || version != b.memory.version {
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
	b.memory.onRead = func(_ int, content *store.Registry) error {
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
		b.memory.onRead = func(int, *store.Registry) error { <-release; return nil }
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
		if b.memory.reads > 3 {
			t.Errorf("%d readings for 20 refreshes", b.memory.reads)
		}
	})
}

func TestRefreshFailureKeepsTheSnapshot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.create(t, "User.Created")
	broken := errors.New("disk is gone")
	b.memory.onRead = func(int, *store.Registry) error { return broken }
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
	w, err := b.Create(ctx, webhook.Webhook{Tenant: "t", EventTypes: []webhook.EventType{"User.Created"}, URL: "https://hooks.example.com/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := b.Find("t", w.ID); !ok {
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

		other := webhook.Webhook{ID: "fromanotherprocess", Tenant: webhook.DefaultTenant, EventTypes: []webhook.EventType{"*"}, Enabled: true}
		if _, err := b.memory.CreateWebhook(ctx, other); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
		synctest.Wait()
		if _, ok := b.Find(webhook.DefaultTenant, other.ID); !ok {
			t.Error("not noticed after a second")
		}
		reads := b.memory.reads
		<-time.After(time.Minute)
		synctest.Wait()
		if b.memory.reads != reads {
			t.Errorf("%d readings although nothing changed", b.memory.reads-reads)
		}
		cancel()
		<-done
	})
}
