package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/tidingshq/tidings/internal/webhook"
)

// TestManyChangesAtOnceLoseNothing lets many clients change one webhook at the same
// time: each that is told 200 was the only one to follow the version it had read, and
// in the end nothing is there that nobody wrote.
func TestManyChangesAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(ownSample)
	target := "/api/webhooks/" + w.ID
	var mu sync.Mutex
	var versions []int64
	names := map[string]bool{"Sample": true}
	rotations := 0
	var clients sync.WaitGroup
	for i := range 16 {
		clients.Go(func() {
			for round := range 12 {
				name := fmt.Sprintf("%d-%d", i, round)
				switch round % 6 {
				case 5:
					if got := b.do(manageKey, "POST", target+"/signing-key", ""); got.status != http.StatusOK {
						t.Errorf("new key: %d", got.status)
					}
					mu.Lock()
					rotations++
					mu.Unlock()
				case 4:
					if got := b.do(manageKey, "POST", target+"/test", `{"eventType":"User.Created"}`); got.status != http.StatusOK && got.status != http.StatusTooManyRequests {
						t.Errorf("test: %d %s", got.status, got.body)
					}
				default:
					tag := b.do(readKey, "GET", target, "").header.Get("ETag")
					got := b.do(manageKey, "PATCH", target, `{"name":"`+name+`"}`, "If-Match", tag)
					if got.status == http.StatusPreconditionFailed {
						continue
					}
					changed := into[ownWebhook](b, got, http.StatusOK)
					if changed.Name != name || versionTag(changed.Version-1) != tag {
						t.Errorf("from %s to version %d called %q, want %q", tag, changed.Version, changed.Name, name)
					}
					mu.Lock()
					versions, names[name] = append(versions, changed.Version), true
					mu.Unlock()
				}
			}
		})
	}
	clients.Wait()
	slices.Sort(versions)
	if len(slices.Compact(slices.Clone(versions))) != len(versions) || len(versions) == 0 {
		t.Errorf("two changes made the same version, or none was made: %v", versions)
	}
	last := into[ownWebhook](b, b.do(readKey, "GET", target, ""), http.StatusOK)
	if want := int64(1 + len(versions) + rotations); last.Version != want || !names[last.Name] {
		t.Errorf("version %d called %q, want version %d", last.Version, last.Name, want)
	}
	// Deleted at the same time by many, it is deleted once.
	deleted := 0
	for range 20 {
		clients.Go(func() {
			switch got := b.do(manageKey, "DELETE", target, ""); got.status {
			case http.StatusNoContent:
				mu.Lock()
				deleted++
				mu.Unlock()
			case http.StatusNotFound:
			default:
				t.Errorf("delete: %d", got.status)
			}
		})
		clients.Go(func() {
			if got := b.do(manageKey, "PATCH", target, `{"enabled":false}`, "If-Match", "*"); got.status != http.StatusOK && got.status != http.StatusNotFound {
				t.Errorf("change while it is deleted: %d %s", got.status, got.body)
			}
		})
	}
	clients.Wait()
	if _, there := b.reg.Find(webhook.DefaultTenant, webhook.ID(w.ID)); there || deleted != 1 {
		t.Errorf("deleted %d times, still there: %t", deleted, there)
	}
}
