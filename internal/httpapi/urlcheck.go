package httpapi

import (
	"context"
	"net/http"
	"sync"

	"golang.org/x/time/rate"

	"github.com/tidingshq/tidings/internal/webhook"
)

// URLInspector looks at the URL of an endpoint before it is saved.
type URLInspector interface {
	// InspectURL applies the rules for saving and then resolves the name. It never
	// connects.
	InspectURL(ctx context.Context, raw string) URLInspection
}

// URLInspection is what there is to say about a URL. Problems keep it from being
// saved; warnings do not.
type URLInspection struct {
	Normalized         string
	Problems, Warnings []webhook.Invalid
	Addresses          []InspectedAddress
}

// InspectedAddress is an address of the name at this moment.
type InspectedAddress struct {
	Address string `json:"address"`
	Blocked bool   `json:"blocked"`
}

// A tenant may have urlChecksBurst URLs checked at once, and then one every
// 1/urlChecksPerSecond: each is a question to the resolver.
const (
	urlChecksPerSecond = 2
	urlChecksBurst     = 20
)

// limiters holds one limiter for each tenant.
type limiters struct {
	mu      sync.Mutex
	tenants map[webhook.TenantID]*rate.Limiter
}

func (l *limiters) of(tenant webhook.TenantID) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tenants == nil {
		l.tenants = map[webhook.TenantID]*rate.Limiter{}
	}
	if l.tenants[tenant] == nil {
		l.tenants[tenant] = rate.NewLimiter(urlChecksPerSecond, urlChecksBurst)
	}
	return l.tenants[tenant]
}

type urlCheckOutput struct {
	Body urlCheckView
}

type urlCheckView struct {
	Normalized string             `json:"normalized"`
	Problems   []urlNote          `json:"problems"`
	Warnings   []urlNote          `json:"warnings"`
	Addresses  []InspectedAddress `json:"addresses"`
}

type urlNote struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (a *api) checkURL(ctx context.Context, c *call, _ *struct{}) (*urlCheckOutput, error) {
	root, p := decode(c.body)
	if p != nil {
		return nil, p
	}
	f := &form{}
	given := ""
	if o := f.object([]any{}, root, "url"); o != nil {
		o.require("url", "string")
		if text := o.text("url"); text != nil {
			given = *text
		}
	}
	if p := f.ownProblem(); p != nil {
		return nil, p
	}
	if !a.urlChecks.of(c.tenant()).AllowN(a.Clock.Now(), 1) {
		return nil, errRateLimited
	}
	found := a.URLs.InspectURL(ctx, given)
	v := urlCheckView{Normalized: found.Normalized, Problems: notes(found.Problems), Warnings: notes(found.Warnings), Addresses: found.Addresses}
	if v.Addresses == nil {
		v.Addresses = []InspectedAddress{}
	}
	return &urlCheckOutput{Body: v}, nil
}

func notes(found []webhook.Invalid) []urlNote {
	list := make([]urlNote, len(found))
	for i, one := range found {
		list[i] = urlNote{one.Code, one.Message}
	}
	return list
}

var errRateLimited = &problem{
	status: http.StatusTooManyRequests, Code: "request.rate_limited", Message: "Too many requests of this kind. Try again in a second.", retryAfter: "1",
}
