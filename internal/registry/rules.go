package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// MaxName is the length of a webhook's name, in code points.
	MaxName = 256
	// MaxURL is the length of an endpoint's URL, in bytes.
	MaxURL = 2048
	// MaxRetries is the highest cap on retries that a webhook may set.
	MaxRetries = 3
)

// Refused says what is wrong with what was to be saved or tested. Fields of a webhook
// are "name", "eventTypes.<index>", "eventTypes", "legacyEvent", "url",
// "headers.<name>" and "retries".
type Refused struct {
	Problems []*webhook.Invalid
}

// Unwrap returns the problems.
func (e *Refused) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}

func (e *Refused) Error() string { return errors.Join(e.Unwrap()...).Error() }

// check holds w against the rules, where it differs from before: what was accepted
// once stays, even if the rules have become stricter since. It puts URL and event
// types into the form to be stored.
func (r *Registry) check(before, w *webhook.Webhook) error {
	var problems []*webhook.Invalid
	if utf8.RuneCountInString(w.Name) > MaxName {
		problems = append(problems, &webhook.Invalid{Field: "name", Code: "too_long", Message: fmt.Sprintf("A name has at most %d characters.", MaxName)})
	}
	if !slices.Equal(before.EventTypes, w.EventTypes) || before.LegacyEvent != w.LegacyEvent {
		problems = append(problems, r.checkSelection(w)...)
	}
	// Logto's clients may take away the single event type without naming others.
	if len(w.Selection()) == 0 && (w.ID == "" || len(before.EventTypes) > 0) {
		problems = append(problems, &webhook.Invalid{Field: "eventTypes", Code: "missing", Message: "Select at least one event type."})
	}
	if before.URL != w.URL || w.URL == "" {
		problems = append(problems, r.checkURL(&w.URL)...)
	}
	if !slices.Equal(before.Headers, w.Headers) {
		problems = append(problems, checkHeaders(w.Headers)...)
	}
	if w.Retries != nil && (*w.Retries < 0 || *w.Retries > MaxRetries) {
		problems = append(problems, &webhook.Invalid{Field: "retries", Code: "out_of_range", Message: fmt.Sprintf("Retries are 0 to %d.", MaxRetries)})
	}
	if len(problems) > 0 {
		return &Refused{Problems: problems}
	}
	return nil
}

func (r *Registry) checkSelection(w *webhook.Webhook) []*webhook.Invalid {
	var problems []*webhook.Invalid
	unknown := func(field string, t webhook.EventType) {
		problems = append(problems, &webhook.Invalid{Field: field, Code: "unknown_event_type", Message: r.unknownEventType(w.Tenant, t)})
	}
	var kept []webhook.EventType
	for i, t := range w.EventTypes {
		if !r.selectable(w.Tenant, t) {
			unknown(fmt.Sprintf("eventTypes.%d", i), t)
		}
		if !slices.Contains(kept, t) {
			kept = append(kept, t)
		}
	}
	w.EventTypes = kept
	if w.LegacyEvent != "" && !r.Known(w.Tenant, w.LegacyEvent) {
		unknown("legacyEvent", w.LegacyEvent)
	}
	return problems
}

func (r *Registry) unknownEventType(tenant webhook.TenantID, t webhook.EventType) string {
	if strings.Contains(string(t), "*") {
		return r.unknownPattern(tenant, string(t))
	}
	if nearest := r.Nearest(tenant, string(t)); nearest != "" {
		return fmt.Sprintf("The event type is not known. Did you mean %s?", nearest)
	}
	return "The event type is not known."
}

// unknownPattern says what is wrong with a pattern that selects nothing.
func (r *Registry) unknownPattern(tenant webhook.TenantID, pattern string) string {
	var groups []string // what may stand before .*
	for _, name := range r.EventTypeNames(tenant) {
		for i, c := range name {
			if group := string(name[:i]); c == '.' && !slices.Contains(groups, group) {
				groups = append(groups, group)
			}
		}
	}
	meant := strings.TrimRight(pattern, "*.")
	same := slices.IndexFunc(groups, func(g string) bool { return strings.EqualFold(g, meant) })
	switch {
	case same >= 0:
		return fmt.Sprintf("The pattern matches no event type. Did you mean %s.*?", groups[same])
	case webhook.EventType(pattern).IsPattern():
		message := "The pattern matches no event type yet: no name begins with what stands before the *. Add an event type that it matches first"
		if nearest := catalog.NearestOf(meant, groups); nearest != "" {
			message += fmt.Sprintf(", or did you mean %s.*?", nearest)
			return message
		}
		return message + "."
	default:
		return "A pattern is * for all event types, or ends with .* for those whose names begin with what stands before it, such as User.*."
	}
}

// selectable says whether a selection may hold t: a known name, "*", or "Group.*"
// of a group that has a known name.
func (r *Registry) selectable(tenant webhook.TenantID, t webhook.EventType) bool {
	if !t.IsPattern() {
		return r.Known(tenant, t)
	}
	return slices.ContainsFunc(r.EventTypeNames(tenant), t.Matches)
}

// MaySaveURL says whether the URL of an endpoint keeps to the rules.
func (r *Registry) MaySaveURL(u webhook.EndpointURL) bool { return len(r.checkURL(&u)) == 0 }

func (r *Registry) checkURL(u *webhook.EndpointURL) []*webhook.Invalid {
	raw := u.Reveal()
	if len(raw) > MaxURL {
		return []*webhook.Invalid{{Field: "url", Code: "too_long", Message: fmt.Sprintf("A URL has at most %d bytes.", MaxURL)}}
	}
	stored, _, problem := r.urls.CheckURL(raw)
	if problem != nil {
		return []*webhook.Invalid{{Field: "url", Code: problem.Code, Message: problem.Message}}
	}
	*u = webhook.EndpointURL(stored)
	return nil
}

func checkHeaders(headers []webhook.Header) []*webhook.Invalid {
	return webhook.CheckHeaders(headers, func(i int) string {
		if i >= len(headers) || i >= webhook.MaxHeaders {
			return "headers"
		}
		return "headers." + strings.ToValidUTF8(headers[i].Name, "\uFFFD")
	})
}
