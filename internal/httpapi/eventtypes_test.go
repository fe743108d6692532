package httpapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type eventTypeItem struct {
	Name, Group, Description       string
	BuiltIn, Deprecated, HasSchema bool
	WebhookCount                   int
	Schema                         json.RawMessage
	Example                        string
	Webhooks                       []struct{ ID, Name string }
}

const orderPaid = `{"name":"order.paid","group":"Orders","description":"An order is paid.",
	"schema":{"type":"object","required":["data"],"properties":{"data":{"type":"object","properties":{"amount":{"type":"integer","maximum":12345678901234567890}}}}},
	"example":"{\"event\":\"order.paid\", \"data\":{\"amount\":1}}"}`

func (b *bundle) orderPaid() eventTypeItem {
	b.t.Helper()
	return into[eventTypeItem](b, b.do(manageKey, "POST", "/api/event-types", orderPaid), 201)
}

func TestListEventTypes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hook()
	b.orderPaid()
	b.do(adminKey, "POST", "/api/hooks", `{"name":"n","events":["order.paid","User.Created"],"config":{"url":"https://x.example.com/"}}`)
	got := b.do(readKey, "GET", "/api/event-types", "")
	items := into[pageOf[eventTypeItem]](b, got, 200).Items
	if len(items) != 30 || items[0].Name != "PostRegister" || !items[0].BuiltIn || items[0].Group != "User interaction" || items[0].Description == "" {
		t.Errorf("%d items, first %+v", len(items), items[0])
	}
	want := eventTypeItem{Name: "order.paid", Group: "Orders", Description: "An order is paid.", HasSchema: true, WebhookCount: 1}
	if diff := cmp.Diff(want, items[29]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, item := range items {
		if item.Name == "User.Created" && item.WebhookCount != 2 {
			t.Errorf("User.Created: %d webhooks", item.WebhookCount)
		}
	}
	tag := got.header.Get("Etag")
	if again := b.do(readKey, "GET", "/api/event-types", "", "If-None-Match", tag); tag == "" || again.status != 304 || again.body != "" {
		t.Errorf("with the tag %q: %d", tag, again.status)
	}
	if theirs := into[pageOf[eventTypeItem]](b, b.do(otherKey, "GET", "/api/event-types", ""), 200).Items; len(theirs) != 29 {
		t.Errorf("another tenant sees %d", len(theirs))
	}
}

func TestGetEventType(t *testing.T) {
	t.Parallel()
	b := setup(t)
	created := b.orderPaid()
	got := into[eventTypeItem](b, b.do(readKey, "GET", "/api/event-types/order.paid", ""), 200)
	if diff := cmp.Diff(created, got); diff != "" {
		t.Errorf("(-created +got):\n%s", diff)
	}
	if !strings.Contains(string(got.Schema), `"maximum":12345678901234567890`) || got.Example != `{"event":"order.paid", "data":{"amount":1}}` {
		t.Errorf("%s %s", got.Schema, got.Example)
	}
	h := b.hook()
	builtIn := into[eventTypeItem](b, b.do(readKey, "GET", "/api/event-types/User.Created", ""), 200)
	if !builtIn.BuiltIn || len(builtIn.Webhooks) != 1 || builtIn.Webhooks[0].ID != h.ID || !strings.Contains(builtIn.Example, `"event":"User.Created"`) {
		t.Errorf("%+v", builtIn)
	}
	for _, name := range []string{"user.created", "nope", "%00", "*", "User.*"} {
		b.want(b.do(readKey, "GET", "/api/event-types/"+name, ""), 404, "entity.not_found")
	}
	b.want(b.do(otherKey, "GET", "/api/event-types/order.paid", ""), 404, "entity.not_found")
}

func TestOwnEventTypesAreUsable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := `{"name":"n","events":["order.paid"],"config":{"url":"https://x.example.com/"}}`
	b.want(b.do(manageKey, "POST", "/api/hooks", hook), 400, "guard.invalid_input")
	b.want(b.do(emitKey, "POST", "/api/events", `{"event":"order.paid"}`), 400, "event.unknown_type")
	b.orderPaid()
	if got := b.do(manageKey, "POST", "/api/hooks", hook); got.status != 201 {
		t.Fatal(got.body)
	}
	if p := b.post(`{"event":"order.paid","data":{"amount":3}}`); p.Deliveries != 1 {
		t.Errorf("%+v", p)
	}
	near := b.do(emitKey, "POST", "/api/events", `{"event":"order.payd"}`)
	if !strings.Contains(near.body, "Did you mean order.paid?") {
		t.Errorf("%s", near.body)
	}
	enum := b.do(manageKey, "POST", "/api/hooks", strings.Replace(hook, "order.paid", "nope", 1))
	if !strings.Contains(enum.body, `"Grant.LimitExceeded","order.paid"]`) {
		t.Errorf("the enum does not list it: %s", enum.body)
	}
	b.want(b.do(otherKey, "POST", "/api/hooks", hook), 400, "guard.invalid_input")
	b.want(b.do(otherKey, "POST", "/api/events", `{"event":"order.paid","data":{}}`), 400, "event.unknown_type")
}

func TestPayloadsAreHeldAgainstTheSchema(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.orderPaid()
	got := b.do(emitKey, "POST", "/api/events", `{"event":"order.paid","data":{"amount":12345678901234567891}}`)
	b.want(got, 400, "event.schema_mismatch")
	if want := `"data":{"issues":[{"path":"/data/amount","code":"event.schema_mismatch","message":"At most 12345678901234567890 is allowed."}]}`; !strings.Contains(got.body, want) {
		t.Errorf("%s", got.body)
	}
	missing := b.do(emitKey, "POST", "/api/events", `{"event":"order.paid"}`)
	if !strings.Contains(missing.body, `{"path":"","code":"event.schema_mismatch","message":"Missing: \"data\"."}`) {
		t.Errorf("%s", missing.body)
	}
	batch := b.do(emitKey, "POST", "/api/events/batch", `[{"event":"order.paid","data":{}},{"event":"order.paid","data":7}]`)
	b.want(batch, 400, "batch.invalid")
	if !strings.Contains(batch.body, `"issues":[{"index":1,"path":"/data","code":"event.schema_mismatch"`) {
		t.Errorf("%s", batch.body)
	}
	if events := into[pageOf[eventItem]](b, b.do(readKey, "GET", "/api/events", ""), 200).Items; len(events) != 0 {
		t.Errorf("%d events are stored", len(events))
	}
	// Without a schema anything passes.
	into[eventTypeItem](b, b.do(manageKey, "PATCH", "/api/event-types/order.paid", `{"schema":null}`), 200)
	b.post(`{"event":"order.paid"}`)
}

func TestValidatePayload(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.orderPaid()
	tests := map[string]string{
		`{"event":"order.paid","data":{"amount":1}}`:   `{"ok":true,"problems":[]}`,
		`{"event":"order.paid","data":{"amount":1.5}}`: `{"ok":false,"problems":[{"path":"/data/amount","message":"Expected integer, got number."}]}`,
		`{"event":"User.Created"}`:                     `{"ok":false,"problems":[{"path":"/event","message":"The payload is of another event type, User.Created."}]}`,
		`{`:                                            `{"ok":false,"problems":[{"path":"","message":"The payload is not valid JSON (at byte 1)."}]}`,
	}
	for payload, want := range tests {
		if got := b.do(emitKey, "POST", "/api/event-types/order.paid/validate", payload); got.status != 200 || got.body != want {
			t.Errorf("%s: %d %s", payload, got.status, got.body)
		}
	}
	if got := b.do(emitKey, "POST", "/api/event-types/User.Created/validate", `{"event":"User.Created"}`); got.body != `{"ok":true,"problems":[]}` {
		t.Errorf("built in: %s", got.body)
	}
	b.want(b.do(emitKey, "POST", "/api/event-types/nope/validate", `{}`), 404, "entity.not_found")
	b.want(b.do(otherKey, "POST", "/api/event-types/order.paid/validate", `{}`), 404, "entity.not_found")
	if events := into[pageOf[eventItem]](b, b.do(readKey, "GET", "/api/events", ""), 200).Items; len(events) != 0 {
		t.Errorf("%d events are stored", len(events))
	}
}

func TestCreateEventTypeRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := map[string]string{
		`{}`:                 `"path":"name","code":"invalid_type","message":"Required"`,
		`[]`:                 `"path":"","code":"invalid_type"`,
		`{"name":1}`:         `"path":"name","code":"invalid_type"`,
		`{"Name":"a"}`:       `"path":"Name","code":"member_case"`,
		`{"name":"a..b"}`:    `"path":"name","code":"invalid_name"`,
		`{"name":"order.*"}`: `"path":"name","code":"invalid_name"`,
		`{"name":"` + strings.Repeat("a", 129) + `"}`:                                                `"path":"name","code":"invalid_name"`,
		`{"name":"a","group":"` + strings.Repeat("g", 65) + `"}`:                                     `"path":"group","code":"too_long"`,
		`{"name":"a","description":7}`:                                                               `"path":"description","code":"invalid_type"`,
		`{"name":"a","deprecated":"no"}`:                                                             `"path":"deprecated","code":"invalid_type"`,
		`{"name":"a","schema":"{}"}`:                                                                 `"path":"schema","code":"invalid_type"`,
		`{"name":"a","schema":{"properties":{"b":{"type":"strng"}}}}`:                                `"path":"schema/properties/b/type","code":"invalid_schema"`,
		`{"name":"a","schema":{"$ref":"http://169.254.169.254/x"}}`:                                  `"path":"schema/$ref","code":"invalid_schema"`,
		`{"name":"a","schema":{"$ref":"file:///etc/passwd"}}`:                                        `"path":"schema/$ref","code":"invalid_schema"`,
		`{"name":"a","schema":{"description":"` + strings.Repeat("x", 64<<10) + `"}}`:                `"path":"schema","code":"invalid_schema"`,
		`{"name":"a","example":"nope"}`:                                                              `"path":"example","code":"invalid_example"`,
		`{"name":"a","example":{"event":"b"}}`:                                                       `"path":"example","code":"invalid_example"`,
		`{"name":"a","example":{"event":"a","hookId":1}}`:                                            `"path":"example","code":"invalid_example"`,
		`{"name":"a","example":7}`:                                                                   `"path":"example","code":"invalid_type"`,
		`{"name":"a","example":{"event":"a","b":1},"schema":{"properties":{"b":{"type":"string"}}}}`: `"path":"example/b","code":"schema_mismatch"`,
	}
	for body, want := range tests {
		got := b.do(manageKey, "POST", "/api/event-types", body)
		b.want(got, 400, "guard.invalid_input")
		if !strings.Contains(got.body, want) {
			t.Errorf("%.80s: %s", body, got.body)
		}
	}
	b.orderPaid()
	for _, taken := range []string{"order.paid", "Order.Paid", "User.Created", "user.created"} {
		b.want(b.do(manageKey, "POST", "/api/event-types", `{"name":"`+taken+`"}`), 409, "event_type.exists")
	}
	if items := into[pageOf[eventTypeItem]](b, b.do(readKey, "GET", "/api/event-types", ""), 200).Items; len(items) != 30 {
		t.Errorf("%d event types", len(items))
	}
}

func TestUpdateEventType(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := b.orderPaid()
	got := into[eventTypeItem](b, b.do(manageKey, "PATCH", "/api/event-types/order.paid", `{"name":"order.paid","group":"Shop","deprecated":true,"example":{"event":"order.paid","data":{}}}`), 200)
	want := before
	want.Group, want.Deprecated, want.Example = "Shop", true, `{"event":"order.paid","data":{}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := into[eventTypeItem](b, b.do(manageKey, "PATCH", "/api/event-types/order.paid", `{}`), 200); !cmp.Equal(got, want) {
		t.Errorf("an empty change: %+v", got)
	}
	b.want(b.do(manageKey, "PATCH", "/api/event-types/order.paid", `{"name":"order.late"}`), 400, "guard.invalid_input")
	b.want(b.do(manageKey, "PATCH", "/api/event-types/order.paid", `{"example":{"event":"order.paid"}}`), 400, "guard.invalid_input")
	b.want(b.do(manageKey, "PATCH", "/api/event-types/User.Created", `{"group":"x"}`), 409, "event_type.built_in")
	b.want(b.do(manageKey, "PATCH", "/api/event-types/nope", `{}`), 404, "entity.not_found")
	b.want(b.do(otherKey, "PATCH", "/api/event-types/order.paid", `{}`), 404, "entity.not_found")
}

func TestDeleteEventType(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.orderPaid()
	h := into[struct{ ID string }](b, b.do(manageKey, "POST", "/api/hooks", `{"name":"n","events":["order.paid","PostSignIn"],"config":{"url":"https://x.example.com/"}}`), 201)
	b.want(b.do(manageKey, "DELETE", "/api/event-types/order.paid", ""), 409, "event_type.in_use")
	b.do(manageKey, "PATCH", "/api/hooks/"+h.ID, `{"events":["PostSignIn"]}`)
	b.want(b.do(otherKey, "DELETE", "/api/event-types/order.paid", ""), 404, "entity.not_found")
	if got := b.do(manageKey, "DELETE", "/api/event-types/order.paid", ""); got.status != 204 || got.body != "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	b.want(b.do(emitKey, "POST", "/api/events", `{"event":"order.paid","data":{}}`), 400, "event.unknown_type")
	b.want(b.do(manageKey, "DELETE", "/api/event-types/order.paid", ""), 404, "entity.not_found")
	b.want(b.do(manageKey, "DELETE", "/api/event-types/User.Created", ""), 409, "event_type.built_in")
}
