package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

// webhookBody is what a client of our own API sends to create or change a webhook.
// What is nil was not sent.
type webhookBody struct {
	name       *string
	eventTypes *[]webhook.EventType
	url        *string
	headers    *[]registry.HeaderChange
	enabled    *bool
}

// readWebhook checks the form of a body; the rules for its content are the
// registry's. Members that create needs must be there then.
func readWebhook(raw []byte, create bool) (*webhookBody, *problem) {
	root, p := decode(raw)
	if p != nil {
		return nil, p
	}
	f := &form{}
	o := f.object([]any{}, root, "name", "eventTypes", "url", "headers", "enabled")
	if o == nil {
		return nil, f.ownProblem()
	}
	if create {
		o.require("name", "string")
		o.require("eventTypes", "array")
		o.require("url", "string")
	}
	b := &webhookBody{
		name: o.sizedText("name", registry.MaxName), eventTypes: o.selection("eventTypes"), url: o.text("url"),
		headers: o.ownHeaders("headers"), enabled: o.truth("enabled"),
	}
	return b, f.ownProblem()
}

// require reports a member that is not there.
func (o *object) require(name, kind string) {
	if _, sent := o.have[name]; !sent {
		o.form.wrongType(o.at(name), kind, nil)
	}
}

// selection reads names and patterns of event types.
func (o *object) selection(name string) *[]webhook.EventType {
	n, sent := o.have[name]
	if !sent {
		return nil
	}
	if n.kind != 'a' {
		o.form.wrongType(o.at(name), "array", n)
		return nil
	}
	types := make([]webhook.EventType, 0, len(n.items))
	for i, item := range n.items {
		if item.kind != 's' {
			o.form.wrongType(o.at(name, i), "string", item)
			continue
		}
		types = append(types, webhook.EventType(item.text))
	}
	return &types
}

// ownHeaders reads a list of headers, in which a locked one needs no value.
func (o *object) ownHeaders(name string) *[]registry.HeaderChange {
	n, sent := o.have[name]
	if !sent {
		return nil
	}
	if n.kind != 'a' {
		o.form.wrongType(o.at(name), "array", n)
		return nil
	}
	headers := make([]registry.HeaderChange, 0, len(n.items))
	for i, item := range n.items {
		header := o.form.object(o.at(name, i), item, "name", "value", "locked")
		if header == nil {
			continue
		}
		header.require("name", "string")
		change := registry.HeaderChange{}
		if text := header.text("name"); text != nil {
			change.Name = *text
		}
		if text := header.text("value"); text != nil {
			value := webhook.Secret(*text)
			change.Value = &value
		}
		if locked := header.truth("locked"); locked != nil {
			change.Locked = *locked
		}
		headers = append(headers, change)
	}
	return &headers
}

// ownProblem is the answer of our own routes to the mistakes found, nil if there are
// none.
func (f *form) ownProblem() *problem {
	if len(f.issues) == 0 {
		return nil
	}
	found := make([]issue, len(f.issues))
	for i, one := range f.issues {
		found[i] = ownIssueOf(one)
	}
	return invalidOwn(found)
}

func invalidOwn(found []issue) *problem {
	return &problem{
		status: http.StatusBadRequest, Code: codeInvalidInput, Message: "The request body is invalid.",
		Data: issueList{Issues: found[:min(len(found), maxIssues)]},
	}
}

func ownIssueOf(found issue) ownIssue {
	switch i := found.(type) {
	case typeIssue:
		return ownIssue{dotted(i.Path), i.Code, i.Message}
	case sizeIssue:
		return ownIssue{dotted(i.Path), i.Code, i.Message}
	case enumIssue:
		return ownIssue{dotted(i.Path), i.Code, i.Message}
	case customIssue:
		code := i.Code
		if i.Params != nil {
			code = i.Params.Code
		}
		return ownIssue{dotted(i.Path), code, i.Message}
	case ownIssue:
		return i
	default:
		return ownIssue{Code: "invalid", Message: found.line()}
	}
}

// applyTo makes the change that the body asks for.
func (b *webhookBody) applyTo(w *webhook.Webhook, r *registry.Registry) error {
	if b.name != nil {
		w.Name = *b.name
	}
	if b.eventTypes != nil {
		w.EventTypes, w.LegacyEvent = *b.eventTypes, ""
	}
	moved := false
	if b.url != nil {
		from := w.URL
		w.URL = webhook.EndpointURL(*b.url)
		moved = from != "" && !registry.SameOrigin(from, w.URL)
	}
	if b.enabled != nil {
		w.Enabled = *b.enabled
	}
	var problems []*webhook.Invalid
	if b.headers != nil {
		w.Headers, problems = registry.MergeHeaders(w.Headers, *b.headers)
	}
	if moved {
		problems = append(problems, b.leftBehind(w, r)...)
	}
	if len(problems) > 0 {
		return &registry.Refused{Problems: problems}
	}
	return nil
}

// leftBehind refuses to move a webhook to another origin with locked headers of which
// nothing was said: their values were given for the former one (ADR-0012). A URL that
// cannot be saved leads nowhere: the registry says what is wrong with it.
func (b *webhookBody) leftBehind(w *webhook.Webhook, r *registry.Registry) []*webhook.Invalid {
	places := registry.LeftBehind(w.Headers, w.URL)
	if len(places) == 0 || !r.MaySaveURL(w.URL) {
		return nil
	}
	if b.headers == nil {
		return []*webhook.Invalid{{
			Field: "headers", Code: "required",
			Message: "The URL leads to another host, scheme or port, and the values of locked headers do not go there. Send headers too: give each locked one its value again, or leave it out.",
		}}
	}
	var problems []*webhook.Invalid
	for _, i := range places {
		problems = append(problems, &webhook.Invalid{
			Field: "headers." + strconv.Itoa(i) + ".value", Code: "required",
			Message: "The URL leads to another host, scheme or port. Give the locked header its value again, or leave it out.",
		})
	}
	return problems
}

// ownError turns a refusal by the registry into the answer of our own routes. Headers
// are named by their place in the list that was sent.
func ownError(err error, headers *[]registry.HeaderChange) error {
	var refused *registry.Refused
	if !errors.As(err, &refused) {
		return err
	}
	var found []issue
	for _, p := range refused.Problems {
		found = append(found, ownIssue{headerPath(p.Field, headers), p.Code, p.Message})
	}
	return invalidOwn(found)
}

func headerPath(field string, headers *[]registry.HeaderChange) string {
	name, named := strings.CutPrefix(field, "headers.")
	if !named || headers == nil {
		return field
	}
	place := -1
	for i, h := range *headers {
		if strings.ToValidUTF8(h.Name, "\uFFFD") == name {
			place = i // of names given twice the registry means the last
		}
	}
	if place < 0 {
		return field
	}
	return "headers." + strconv.Itoa(place)
}
