package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

// HookPath is the path of a single webhook. It is exported for package huma, which
// sees embedded structs only then.
type HookPath struct {
	ID string `path:"id"`
}

type listHooksInput struct {
	NumberedPages
	IncludeStats string `query:"includeExecutionStats"`
}

type listHooksOutput struct {
	Total string   `header:"Total-Number"`
	Link  []string `header:"Link"`
	Body  []hookView
}

type hookOutput struct {
	Body hookView
}

func (a *api) listHooks(ctx context.Context, c *call, in *listHooksInput) (*listHooksOutput, error) {
	p, paged, err := in.page()
	if err != nil {
		return nil, err
	}
	hooks := a.Registry.List(c.tenant())
	out := &listHooksOutput{}
	if paged {
		h := a.headersOf(c, p, len(hooks), false)
		out.Total, out.Link = h.Total, h.Link
		from := min(p.offset(), len(hooks))
		hooks = hooks[from:min(from+p.size, len(hooks))]
	}
	stats, err := a.statsIf(ctx, isYes(in.IncludeStats), hooks)
	if err != nil {
		return nil, err
	}
	out.Body = make([]hookView, len(hooks))
	for i, w := range hooks {
		out.Body[i] = a.viewHook(c, w, stats)
	}
	return out, nil
}

// statsIf reads the health of the webhooks in one go, if it is wanted.
func (a *api) statsIf(ctx context.Context, wanted bool, hooks []*webhook.Webhook) (map[int64]webhook.Health, error) {
	if !wanted {
		return nil, nil
	}
	numbers := make([]int64, len(hooks))
	for i, w := range hooks {
		numbers[i] = w.Number
	}
	health, err := a.Store.Health(ctx, numbers, a.Clock.Now().Add(-webhook.HealthWindow))
	if err != nil {
		return nil, fmt.Errorf("read health: %w", err)
	}
	if health == nil {
		health = map[int64]webhook.Health{}
	}
	return health, nil
}

func (a *api) createHook(ctx context.Context, c *call, _ *struct{}) (*hookOutput, error) {
	body, p := a.readHook(c, true)
	if p != nil {
		return nil, p
	}
	if len(body.events) == 0 && body.event == "" {
		return nil, errMissingEvents
	}
	w := webhook.Webhook{Tenant: c.tenant(), Enabled: true}
	if err := body.applyTo(&w); err != nil {
		return nil, hookError(err, nil)
	}
	created, err := a.Registry.Create(ctx, w)
	if err != nil {
		return nil, hookError(err, nil)
	}
	return &hookOutput{Body: a.viewHook(c, &created, nil)}, nil
}

type getHookInput struct {
	HookPath
	IncludeStats string `query:"includeExecutionStats"`
}

func (a *api) getHook(ctx context.Context, c *call, in *getHookInput) (*hookOutput, error) {
	w, ok := a.Registry.Find(c.tenant(), webhook.ID(in.ID))
	if !ok {
		return nil, errNoHookWithID(in.ID)
	}
	stats, err := a.statsIf(ctx, isYes(in.IncludeStats), []*webhook.Webhook{w})
	if err != nil {
		return nil, err
	}
	return &hookOutput{Body: a.viewHook(c, w, stats)}, nil
}

func (a *api) updateHook(ctx context.Context, c *call, in *HookPath) (*hookOutput, error) {
	body, p := a.readHook(c, false)
	if p != nil {
		return nil, p
	}
	updated, err := a.Registry.Update(ctx, c.tenant(), webhook.ID(in.ID), func(w *webhook.Webhook) error {
		return body.applyTo(w)
	})
	if err != nil {
		return nil, hookError(err, errNoHook)
	}
	return &hookOutput{Body: a.viewHook(c, &updated, nil)}, nil
}

func (a *api) rotateHookKey(ctx context.Context, c *call, in *HookPath) (*hookOutput, error) {
	rotated, err := a.Registry.RotateKey(ctx, c.tenant(), webhook.ID(in.ID))
	if err != nil {
		return nil, hookError(err, errNoHook)
	}
	return &hookOutput{Body: a.viewHook(c, &rotated, nil)}, nil
}

func (a *api) deleteHook(ctx context.Context, c *call, in *HookPath) (*struct{}, error) {
	return nil, a.Registry.Delete(ctx, c.tenant(), webhook.ID(in.ID))
}

// applyTo makes the change that the body asks for. config replaces what was there,
// except for locked headers, which Logto's clients do not know. Where the URL leads to
// another origin the registry withholds these; a value given under such a name takes
// its place.
func (b *hookBody) applyTo(w *webhook.Webhook) error {
	if b.name != nil {
		w.Name = *b.name
	}
	if b.hasEvent {
		w.LegacyEvent = b.event
	}
	if b.events != nil {
		w.EventTypes = b.events
	}
	if b.config != nil {
		var kept []webhook.Header
		elsewhere := registry.LeftBehind(w.Headers, b.config.url)
		for i, h := range w.Headers {
			replaced := slices.Contains(elsewhere, i) && slices.ContainsFunc(b.config.headers, func(given webhook.Header) bool {
				return strings.EqualFold(given.Name, h.Name)
			})
			if h.Locked && !replaced {
				kept = append(kept, h)
			}
		}
		if err := taken(kept, b.config.headers); err != nil {
			return err
		}
		w.URL, w.Headers, w.Retries = b.config.url, b.config.headers, b.config.retries
		if len(kept) > 0 {
			w.Headers = append(kept, b.config.headers...)
		}
	}
	if b.enabled != nil {
		w.Enabled = *b.enabled
	}
	if b.createdAt != nil {
		w.CreatedAt = *b.createdAt
	}
	return nil
}

// taken refuses headers under the names of locked ones that are kept: who has not seen
// these cannot know that the name is in use.
func taken(kept, given []webhook.Header) error {
	refused := &registry.Refused{}
	for _, g := range given {
		if slices.ContainsFunc(kept, func(h webhook.Header) bool { return strings.EqualFold(h.Name, g.Name) }) {
			refused.Problems = append(refused.Problems, &webhook.Invalid{
				Field: "headers." + g.Name, Code: "locked",
				Message: fmt.Sprintf("The webhook has a locked header %s, which this API does not show. Leave it out here; it is changed in the console or with PATCH /api/webhooks/{id}.", g.Name),
			})
		}
	}
	if len(refused.Problems) > 0 {
		return refused
	}
	return nil
}

// The answers of Logto's routes that need nothing of the request.
var (
	errMissingEvents = &problem{status: http.StatusBadRequest, Code: "hook.missing_events", Message: "You need to provide at least one event."}
	errNoHook        = &problem{status: http.StatusNotFound, Code: "entity.not_exists", Message: "The hook does not exist."}
)

func errNoHookWithID(id string) *problem { return errNoEntityWithID("hooks", id) }

// errNoEntityWithID names the entity in the plural, as Logto does.
func errNoEntityWithID(name, id string) *problem {
	return &problem{
		status: http.StatusNotFound, Code: "entity.not_exists_with_id",
		Message: "The " + name + " with ID `" + shorten(id) + "` does not exist.",
	}
}
