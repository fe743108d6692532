package httpapi

import (
	"testing"

	"github.com/tidingshq/tidings/internal/webhook"
)

func TestTestPayloadsTakeTurns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.hook().ID
	const body = `{"events":["User.Created"],"config":{"url":"https://hooks.example.com/"}}`
	send := func() answer { return b.do(adminKey, "POST", "/api/hooks/"+id+"/test", body) }
	tests := &b.handler.(*api).tests
	var last func()
	for range testsOfTenant {
		end, p := tests.begin(webhook.DefaultTenant)
		if p != nil {
			t.Fatal(p)
		}
		last = end
	}
	got := send()
	b.want(got, 429, "request.rate_limited")
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	b.want(b.do(adminKey, "POST", "/api/webhooks/"+id+"/test", `{"eventType":"User.Created"}`), 429, "request.rate_limited")
	b.want(b.do(otherKey, "POST", "/api/hooks/"+id+"/test", body), 404, "entity.not_exists_with_id")
	last()
	for range 3 { // each gives its turn back
		if got := send(); got.status != 204 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

func TestTestPayloadsOfAllTenantsAreBounded(t *testing.T) {
	t.Parallel()
	var tests turns
	begun := 0
	for tenant := 'a'; ; tenant++ {
		_, p := tests.begin(webhook.TenantID(string(tenant)))
		if p != nil {
			break
		}
		begun++
	}
	if begun != testsAtOnce {
		t.Errorf("%d at once, want %d", begun, testsAtOnce)
	}
}
