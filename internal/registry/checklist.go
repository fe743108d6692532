package registry

import (
	"context"
	"fmt"
	"sync"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Step is one of the first steps that a tenant is told about.
type Step int

// The steps that are noted when they are done. The others can be seen any time.
const (
	StepTested Step = iota
	StepEmitted
	StepVerified
)

// noted remembers which steps are stored, so that each is written once.
type noted struct {
	mu   sync.Mutex
	done map[notedStep]bool
}

type notedStep struct {
	tenant webhook.TenantID
	step   Step
}

// Checklist is what the tenant has done of the first steps.
func (r *Registry) Checklist(ctx context.Context, tenant webhook.TenantID) (webhook.Checklist, error) {
	list, err := r.store.Checklist(ctx, tenant)
	if err != nil {
		return list, fmt.Errorf("read checklist: %w", err)
	}
	r.noted.correct(tenant, &list)
	return list, nil
}

// correct forgets what is remembered of a former tenant of the same identifier.
func (n *noted) correct(tenant webhook.TenantID, list *webhook.Checklist) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for step, done := range stepsOf(list) {
		if !*done {
			delete(n.done, notedStep{tenant, step})
		}
	}
}

// stepsOf are the members of a list by their steps.
func stepsOf(l *webhook.Checklist) map[Step]*bool {
	return map[Step]*bool{StepTested: &l.Tested, StepEmitted: &l.Emitted, StepVerified: &l.Verified}
}

// HideChecklist shows or hides the list.
func (r *Registry) HideChecklist(ctx context.Context, tenant webhook.TenantID, hidden bool) (webhook.Checklist, error) {
	list, err := r.store.UpdateChecklist(ctx, tenant, func(l *webhook.Checklist) { l.Hidden = hidden })
	if err != nil {
		return list, fmt.Errorf("hide checklist: %w", err)
	}
	return list, nil
}

// Done notes that the tenant has done a step. It costs a write the first time only.
func (r *Registry) Done(ctx context.Context, tenant webhook.TenantID, step Step) error {
	key := notedStep{tenant, step}
	r.noted.mu.Lock()
	done := r.noted.done[key]
	r.noted.mu.Unlock()
	if done {
		return nil
	}
	_, err := r.store.UpdateChecklist(ctx, tenant, func(l *webhook.Checklist) { *stepsOf(l)[step] = true })
	if err != nil {
		return fmt.Errorf("note a step of the checklist: %w", err)
	}
	r.noted.mu.Lock()
	defer r.noted.mu.Unlock()
	if r.noted.done == nil {
		r.noted.done = map[notedStep]bool{}
	}
	r.noted.done[key] = true
	return nil
}
