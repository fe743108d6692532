package httpapi

import (
	"sync"

	"github.com/tidingshq/tidings/internal/webhook"
)

// How many calls that send test payloads may be under way: each holds up to five
// connections for up to ten seconds.
const (
	testsOfTenant = 20
	testsAtOnce   = 200
)

// turns counts what is under way for each tenant.
type turns struct {
	mu      sync.Mutex
	all     int
	tenants map[webhook.TenantID]int
}

// begin takes a turn, or says that there is none. Whoever took one ends it.
func (u *turns) begin(tenant webhook.TenantID) (end func(), p *problem) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all >= testsAtOnce || u.tenants[tenant] >= testsOfTenant {
		return nil, errRateLimited
	}
	if u.tenants == nil {
		u.tenants = map[webhook.TenantID]int{}
	}
	u.all++
	u.tenants[tenant]++
	return func() { u.end(tenant) }, nil
}

func (u *turns) end(tenant webhook.TenantID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all--
	if u.tenants[tenant]--; u.tenants[tenant] == 0 {
		delete(u.tenants, tenant)
	}
}
