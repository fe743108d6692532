package ingest

import (
	"fmt"

	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/webhook"
)

// CheckPayload says which event type a payload names, or why no event of any type can
// have it.
func CheckPayload(body []byte) (webhook.EventType, *webhook.Invalid) {
	o, problem := scan(body)
	return o.event, problem
}

// Validate lists what would keep a payload from being accepted as an event of this
// type. Nothing is stored.
func (i *Ingest) Validate(tenant webhook.TenantID, name webhook.EventType, body []byte) []schema.Problem {
	event, problem := i.parse(tenant, body)
	switch {
	case problem != nil && len(problem.places) > 0:
		return problem.places
	case problem != nil:
		return []schema.Problem{{Path: problem.path, Message: problem.message}}
	case event.Type != name:
		return []schema.Problem{{Path: "/event", Message: fmt.Sprintf("The payload is of another event type, %s.", event.Type)}}
	}
	return nil
}
