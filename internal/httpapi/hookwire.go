package httpapi

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

// masked stands for a secret that the caller may not see.
const masked = "******"

// hookView is a webhook as Logto's clients see it.
type hookView struct {
	TenantID       string          `json:"tenantId"`
	ID             string          `json:"id"`
	Name           string          `json:"name"`
	Event          *string         `json:"event"`
	Events         []string        `json:"events"`
	Config         hookConfigView  `json:"config"`
	SigningKey     string          `json:"signingKey"`
	Enabled        bool            `json:"enabled"`
	CreatedAt      int64           `json:"createdAt"`
	ExecutionStats *executionStats `json:"executionStats,omitempty"`
}

type hookConfigView struct {
	URL     string      `json:"url"`
	Headers headersView `json:"headers,omitzero"`
	Retries *int        `json:"retries,omitempty"`
}

type executionStats struct {
	SuccessCount int `json:"successCount"`
	RequestCount int `json:"requestCount"`
}

// headersView is custom headers as an object, shorter names first and then by
// bytes, as Logto's database has it.
type headersView [][2]string

// Schema describes the object.
func (headersView) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}}
}

// MarshalJSON writes the object.
func (h headersView) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, pair := range h {
		if i > 0 {
			out = append(out, ',')
		}
		for part, text := range pair {
			if part == 1 {
				out = append(out, ':')
			}
			var quoted bytes.Buffer
			if err := writeJSON(&quoted, text); err != nil {
				return nil, err
			}
			out = append(out, quoted.Bytes()...)
		}
	}
	return append(out, '}'), nil
}

// viewHook shows a webhook; with stats, its health too.
func (a *api) viewHook(c *call, w *webhook.Webhook, stats map[int64]webhook.Health) hookView {
	v := hookView{
		TenantID: string(w.Tenant), ID: string(w.ID), Name: w.Name, Events: a.expand(w.Tenant, w.EventTypes),
		Config:     hookConfigView{URL: w.URL.Reveal(), Headers: viewHeaders(c, w.Headers), Retries: w.Retries},
		SigningKey: w.SigningKey.Reveal(), Enabled: w.Enabled, CreatedAt: w.CreatedAt.UnixMilli(),
	}
	if w.LegacyEvent != "" {
		event := string(w.LegacyEvent)
		v.Event = &event
	}
	if !c.mayManage {
		v.SigningKey = masked
	}
	if stats != nil {
		h := stats[w.Number]
		v.ExecutionStats = &executionStats{SuccessCount: h.SuccessCount, RequestCount: h.RequestCount}
	}
	return v
}

// viewHeaders leaves out locked headers: their values are never shown again, and a
// client that saves what it read must not overwrite them.
func viewHeaders(c *call, headers []webhook.Header) headersView {
	var view headersView
	if headers != nil && len(headers) == 0 {
		view = headersView{}
	}
	for _, h := range headers {
		switch {
		case h.Locked:
		case c.mayManage:
			view = append(view, [2]string{h.Name, h.Value.Reveal()})
		default:
			view = append(view, [2]string{h.Name, masked})
		}
	}
	slices.SortFunc(view, func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(len(a[0]), len(b[0])), strings.Compare(a[0], b[0]))
	})
	return view
}

// expand lists the event types that a selection stands for today; Logto's clients
// do not know patterns.
func (a *api) expand(tenant webhook.TenantID, selection []webhook.EventType) []string {
	names := make([]string, 0, len(selection))
	add := func(t webhook.EventType) {
		if !slices.Contains(names, string(t)) {
			names = append(names, string(t))
		}
	}
	for _, s := range selection {
		if !s.IsPattern() {
			add(s)
			continue
		}
		for _, t := range a.Registry.EventTypeNames(tenant) {
			if s.Matches(t) {
				add(t)
			}
		}
	}
	return names
}

// hookBody is what a client sends to create or change a webhook. What is nil was
// not sent.
type hookBody struct {
	name      *string
	hasEvent  bool
	event     webhook.EventType
	events    []webhook.EventType
	config    *hookConfig
	enabled   *bool
	createdAt *time.Time
}

type hookConfig struct {
	url     webhook.EndpointURL
	headers []webhook.Header
	retries *int
}

// readHook checks a body; mistakes are reported in the order of Logto's schema.
func (a *api) readHook(c *call, create bool) (*hookBody, *problem) {
	root, p := decode(c.body)
	if p != nil {
		return nil, p
	}
	f := &form{}
	o := f.object([]any{}, root, "tenantId", "name", "event", "events", "config", "enabled", "createdAt")
	if o == nil {
		return nil, f.problem()
	}
	known := a.Registry.EventTypeNames(c.tenant())
	b := &hookBody{}
	if t := o.text("tenantId"); t != nil && utf8.RuneCountInString(*t) > maxTenantID {
		f.report(tooBig(o.at("tenantId"), "string", maxTenantID, "String must contain at most 21 character(s)"))
	}
	b.name = o.sizedText("name", registry.MaxName)
	b.event, b.hasEvent = o.legacyEvent(known, !create)
	b.events = o.eventTypes("events", known)
	if n, sent := o.have["config"]; sent || create {
		b.config = f.hookConfig(n)
	}
	b.enabled = o.truth("enabled")
	b.createdAt = o.createdAt(create)
	return b, f.problem()
}

const maxTenantID = 21

// legacyEvent reads the member event, which may be null where that is allowed.
func (o *object) legacyEvent(known []webhook.EventType, nullable bool) (event webhook.EventType, sent bool) {
	n, sent := o.have["event"]
	if !sent || nullable && n.kind == 'n' {
		return "", sent
	}
	return o.form.eventType(o.at("event"), n, known), true
}

// createdAt reads the member createdAt, of which a webhook that is created takes no
// notice. A fraction is cut off.
func (o *object) createdAt(ignored bool) *time.Time {
	value, present, _ := o.number("createdAt")
	if !present || ignored {
		return nil
	}
	const message = "Number must be a time in Unix milliseconds, from the year 0 to 9999"
	value = math.Trunc(value)
	switch {
	case value < firstInstant:
		o.form.report(tooSmall(o.at("createdAt"), "number", firstInstant, message))
		return nil
	case value > lastInstant:
		o.form.report(tooBig(o.at("createdAt"), "number", lastInstant, message))
		return nil
	}
	t := time.UnixMilli(int64(value)).UTC()
	return &t
}

// hookConfig reads the member config, which is required where this is called.
func (f *form) hookConfig(n *node) *hookConfig {
	o := f.object([]any{"config"}, n, "url", "headers", "retries")
	if o == nil {
		return nil
	}
	config := &hookConfig{}
	if _, sent := o.have["url"]; !sent {
		f.wrongType(o.at("url"), "string", nil)
	}
	if u := o.text("url"); u != nil {
		config.url = webhook.EndpointURL(*u)
	}
	config.headers = o.headers()
	config.retries = o.integer("retries", 0, registry.MaxRetries)
	return config
}

func (o *object) headers() []webhook.Header {
	n, sent := o.have["headers"]
	if !sent {
		return nil
	}
	if n.kind != 'o' {
		o.form.wrongType(o.at("headers"), "object", n)
		return nil
	}
	headers := make([]webhook.Header, 0, len(n.members))
	for _, m := range n.members {
		if m.value.kind != 's' {
			o.form.wrongType(o.at("headers", m.name), "string", m.value)
			continue
		}
		headers = append(headers, webhook.Header{Name: m.name, Value: webhook.Secret(m.value.text)})
	}
	return headers
}

// hookError turns a refusal by the registry into Logto's words. missing is the
// answer if there is no such webhook; nil leaves that to problemOf.
func hookError(err error, missing *problem) error {
	if missing != nil && errors.Is(err, webhook.ErrNotFound) {
		return missing
	}
	var refused *registry.Refused
	if !errors.As(err, &refused) {
		return err
	}
	var found []issue
	for _, p := range refused.Problems {
		if p.Field == "eventTypes" {
			return errMissingEvents
		}
		found = append(found, customIssue{
			Code: "custom", Message: p.Message, Path: hookFieldPath(p.Field), Params: &issueParams{p.Code},
		})
	}
	return invalidBody(found...)
}

// hookFieldPath is where a field of a webhook stands in Logto's body.
func hookFieldPath(field string) []any {
	name, rest, more := strings.Cut(field, ".")
	switch {
	case name == "eventTypes":
		index, _ := strconv.Atoi(rest) // the registry writes an index
		return []any{"events", index}
	case name == "legacyEvent":
		return []any{"event"}
	case name == "headers" && more:
		return []any{"config", "headers", rest}
	case name == "url" || name == "headers" || name == "retries":
		return []any{"config", name}
	default:
		return []any{name}
	}
}
