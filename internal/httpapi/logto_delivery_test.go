package httpapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/testkit"
)

// retryCases are about endpoints that fail.
func retryCases() []logtoCase {
	const file, unit = "hook.retry.test.ts", "libraries/hook/utils.retry.test.ts"
	failing := func(statuses ...int) func(t *testing.T) {
		return func(t *testing.T) {
			for _, status := range statuses {
				tried(t, `{}`, 4, "Error", fmt.Sprint(status), testkit.Status(status))
			}
		}
	}
	stops := func(t *testing.T) {
		tried(t, `{}`, 3, "Success", "", testkit.Status(500), testkit.Status(500), well())
	}
	client := func(t *testing.T) { tried(t, `{}`, 1, "Error", "400", testkit.Status(400)) }
	return []logtoCase{
		{file, "500, 501, 599", failing(500, 501, 599)},
		{file, "stop after success", stops},
		{file, "4xx", client},
		{file, "503 with Retry-After 0 / 86400", retryAfter},
		{unit, "500, 501, 599", failing(500, 501, 599)},
		{unit, "success stops", stops},
		{unit, "400", client},
		{unit, "retries 0", func(t *testing.T) { tried(t, `{"retries":0}`, 1, "Error", "500", testkit.Status(500)) }},
		{unit, "retries 1", func(t *testing.T) { tried(t, `{"retries":1}`, 2, "Error", "500", testkit.Status(500)) }},
		{unit, "503 with Retry-After 0 / 86400", retryAfter},
		{"libraries/hook/utils.test.ts", "config.retries=1 passed through", func(t *testing.T) {
			tried(t, `{"retries":1}`, 2, "Error", "503", testkit.Status(503))
		}},
	}
}

// tried delivers once to an endpoint with the script: so many requests, all alike,
// and one log entry.
func tried(t *testing.T, config string, requests int, result, failure string, script ...testkit.Behaviour) {
	t.Helper()
	e := setupEngine(t, script...)
	config = strings.Replace(strings.Replace(config, "{", fmt.Sprintf(`{"url":%q,`, e.endpoint.URL), 1), ",}", "}", 1)
	h := e.createWith(config, "PostSignIn")
	e.trigger(`{"event":"PostSignIn"}`)
	got := e.endpoint.Requests()
	if len(got) != requests {
		t.Errorf("%d requests, want %d", len(got), requests)
	}
	for _, r := range got {
		if r.Method != "POST" || string(r.Body) != string(got[0].Body) || r.Delivery() != got[0].Delivery() {
			t.Errorf("request %d differs from the first", r.Number)
		}
		if err := r.Verify(h.SigningKey); err != nil {
			t.Error(err)
		}
	}
	entries := e.entries(h.ID, "")
	if len(entries) != 1 {
		t.Fatalf("%d log entries", len(entries))
	}
	p := entries[0].Payload
	if p.Result != result || !strings.Contains(p.Error, failure) || (failure == "") != (p.Error == "") || p.Attempts != requests {
		t.Errorf("%+v", p)
	}
}

// retryAfter: what an endpoint asks for counts here, up to an hour (deviation 3).
// Zero asks for nothing.
func retryAfter(t *testing.T) {
	tried(t, `{}`, 4, "Error", "503", testkit.Status(503, "Retry-After: 0"))

	e := setupEngine(t, testkit.Status(503, "Retry-After: 86400"))
	h := e.create("PostSignIn")
	into[posted](e.bundle, e.do(adminKey, "POST", "/api/events", `{"event":"PostSignIn"}`), 202)
	e.endpoint.Next(t)
	var entries []logEntry
	e.until("the attempt is in the log", func() bool { entries = e.entries(h.ID, ""); return len(entries) == 1 })
	if p := entries[0].Payload; p.State != "retrying" || p.Result != "Error" || !strings.Contains(p.Error, "503") {
		t.Errorf("%+v", p)
	}
	waiting := into[struct {
		Items []struct{ NextAttemptAt time.Time }
	}](e.bundle, e.do(adminKey, "GET", "/api/deliveries", ""), 200)
	if wait := time.Until(waiting.Items[0].NextAttemptAt); wait < 50*time.Minute || wait > time.Hour {
		t.Errorf("the retry is %s away", wait)
	}
}

// until asks again and again whether something that has no event of its own is so.
func (e *engine) until(what string, is func() bool) {
	e.t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	limit := time.After(patience)
	for !is() {
		select {
		case <-poll.C:
		case <-limit:
			e.t.Fatalf("waited %s until %s, in vain", patience, what)
		}
	}
}

// dataRoutes are the calls of Logto's Management API that make events, and the
// event of each.
var dataRoutes = [][2]string{
	{"POST /users", "User.Created"},
	{"DELETE /users/:userId", "User.Deleted"},
	{"PATCH /users/:userId", "User.Data.Updated"},
	{"PATCH /users/:userId/custom-data", "User.Data.Updated"},
	{"PATCH /users/:userId/profile", "User.Data.Updated"},
	{"PATCH /users/:userId/password", "User.Data.Updated"},
	{"PATCH /users/:userId/is-suspended", "User.SuspensionStatus.Updated"},
	{"POST /roles", "Role.Created"},
	{"DELETE /roles/:id", "Role.Deleted"},
	{"PATCH /roles/:id", "Role.Data.Updated"},
	{"POST /roles/:id/scopes", "Role.Scopes.Updated"},
	{"DELETE /roles/:id/scopes/:scopeId", "Role.Scopes.Updated"},
	{"POST /resources/:resourceId/scopes", "Scope.Created"},
	{"DELETE /resources/:resourceId/scopes/:scopeId", "Scope.Deleted"},
	{"PATCH /resources/:resourceId/scopes/:scopeId", "Scope.Data.Updated"},
}

var organizationRoutes = [][2]string{
	{"POST /organizations", "Organization.Created"},
	{"DELETE /organizations/:id", "Organization.Deleted"},
	{"PATCH /organizations/:id", "Organization.Data.Updated"},
	{"PUT /organizations/:id/users", "Organization.Membership.Updated"},
	{"POST /organizations/:id/users", "Organization.Membership.Updated"},
	{"DELETE /organizations/:id/users/:userId", "Organization.Membership.Updated"},
	{"PUT /organizations/:id/applications", "Organization.Membership.Updated"},
	{"POST /organization-roles", "OrganizationRole.Created"},
	{"DELETE /organization-roles/:id", "OrganizationRole.Deleted"},
	{"PATCH /organization-roles/:id", "OrganizationRole.Data.Updated"},
	{"PUT /organization-roles/:id/scopes", "OrganizationRole.Scopes.Updated"},
	{"POST /organization-roles/:id/scopes", "OrganizationRole.Scopes.Updated"},
	{"DELETE /organization-roles/:id/scopes/:organizationScopeId", "OrganizationRole.Scopes.Updated"},
	{"POST /organization-scopes", "OrganizationScope.Created"},
	{"DELETE /organization-scopes/:id", "OrganizationScope.Deleted"},
	{"PATCH /organization-scopes/:id", "OrganizationScope.Data.Updated"},
}

// triggerCases hand over what Logto sends and look for it at the endpoint.
func triggerCases() []logtoCase {
	const data, organization, custom = "hook.trigger.data.test.ts", "hook.trigger.organization.test.ts", "hook.trigger.custom.data.test.ts"
	const flow = "hook.trigger.experience.test.ts"
	return []logtoCase{
		{data, "user / role / scope events", routesPass(dataRoutes)},
		{data, "coverage and signature", routesPass(dataRoutes)},
		{organization, "organisation, organisation scope, organisation role", routesPass(organizationRoutes)},
		{organization, "coverage and signature", routesPass(organizationRoutes)},
		{organization, "invitation accepted / already member", pass(
			managed("Organization.Membership.Updated", "PUT /organization-invitations/:id/status", `"organizationId":"o","addedUserIds":["u"]`),
			managed("Organization.Membership.Updated", "PUT /organization-invitations/:id/status", `"organizationId":"o"`))},
		{custom, "role with scopeIds", pass(managed("Role.Created", "POST /roles", `"data":{"id":"r","name":"n"}`),
			managed("Role.Scopes.Updated", "POST /roles", `"roleId":"r","data":[{"id":"s"}]`))},
		{custom, "organisation role with scopes", pass(managed("OrganizationRole.Created", "POST /organization-roles", `"data":{"id":"r"}`),
			managed("OrganizationRole.Scopes.Updated", "POST /organization-roles", `"organizationRoleId":"r"`))},
		{custom, "delete user", pass(`{"event":"User.Deleted","createdAt":"2026-11-23T07:57:44.075Z","data":` + sampleUser + `,"path":"/users/u","method":"DELETE","status":204}`)},
		{custom, "JIT by experience / by SSO; accept invitation", pass(flowed("Organization.Membership.Updated", `"organizationId":"o","addedUserIds":["u"]`))},
		{flow, "registration", everySubscriber},
		{flow, "sign-in without profile update", only("PostSignIn")},
		{flow, "only after MFA succeeds", only("PostSignIn")},
		{flow, "sign-in with profile update", only("PostSignIn", "User.Data.Updated")},
		{flow, "password reset", only("PostResetPassword", "User.Data.Updated")},
		{flow, "organisation JIT ×2", pass(flowed("Organization.Membership.Updated", `"organizationId":"o"`))},
		{flow, "Identifier.Lockout", pass(flowed("Identifier.Lockout", `"type":"username","value":"foo"`))},
		{"hook.trigger.experience.adaptive-mfa.test.ts", "once per flow", pass(`{"adaptiveMfaResult":{"requiresMfa":true,"triggeredRules":[{"rule":"new_country","details":{}}]},` + flowed(adaptive, `"userId":"u"`)[1:])},
		{"hook.trigger.grant-limit-exceeded.test.ts", "Grant.LimitExceeded", pass(flowed("Grant.LimitExceeded",
			`"userId":"u","applicationId":"a","revokedGrantIds":["g"],"maxAllowedGrants":1,"preRevocationActiveGrantCount":2`))},
		{"hook.trigger.message-rate-limited.test.ts", "Message.RateLimited", pass(flowed("Message.RateLimited", `"action":"VerificationCodeSend","recipient":"a@b.io"`))},
	}
}

const sampleUser = `{"id":"u","username":"foo","primaryEmail":null,"primaryPhone":null,"name":"Foo","avatar":null,"customData":{},"identities":{},` +
	`"lastSignInAt":1795435200000,"createdAt":1795435200000,"updatedAt":1795435200000,"profile":{},"applicationId":null,"cimdClientId":null,"isSuspended":false}`

// managed is an event of the Management API with some members of its own.
func managed(event, route, members string) string {
	method, matched, _ := strings.Cut(route, " ")
	return fmt.Sprintf(`{"event":%q,"createdAt":"2026-11-23T07:57:44.075Z","userAgent":"node","ip":"::ffff:127.0.0.1","path":%q,"method":%q,"status":200,"params":{"id":"x"},"matchedRoute":%q,%s}`,
		event, strings.ReplaceAll(matched, ":id", "x"), method, matched, members)
}

// flowed is an event of an end user's flow with some members of its own.
func flowed(event, members string) string {
	return fmt.Sprintf(`{"event":%q,"createdAt":"2026-11-23T07:57:44.075Z","interactionEvent":"SignIn","userAgent":"node","sessionId":"s","ip":"::1",%s}`, event, members)
}

func routesPass(routes [][2]string) func(t *testing.T) {
	var payloads []string
	for i, route := range routes {
		payloads = append(payloads, managed(route[1], route[0], fmt.Sprintf(`"data":{"id":"%d"}`, i)))
	}
	return pass(payloads...)
}

// pass posts payloads and checks that each arrives as it is, signed, and is in the
// log once.
func pass(payloads ...string) func(t *testing.T) {
	return func(t *testing.T) {
		e := setupEngine(t, well())
		h := e.create(texts(catalog.Load().Names())...)
		for _, payload := range payloads {
			e.trigger(payload)
		}
		for _, payload := range payloads {
			e.delivered(h, payload)
		}
		if requests, entries := len(e.endpoint.Requests()), len(e.entries(h.ID, "page_size=100")); requests != len(payloads) || entries != len(payloads) {
			t.Errorf("%d requests and %d log entries for %d events", requests, entries, len(payloads))
		}
	}
}

// everySubscriber: an event goes to every webhook that has subscribed, and to no other.
func everySubscriber(t *testing.T) {
	e := setupEngine(t, well())
	one, two := e.create("PostRegister"), e.create("PostRegister", "PostSignIn")
	created, updated := e.create("User.Created"), e.create("User.Data.Updated")
	register, user := flowed("PostRegister", `"user":`+sampleUser), flowed("User.Created", `"data":`+sampleUser)
	e.trigger(register)
	e.trigger(user)
	e.delivered(one, register)
	e.delivered(two, register)
	e.delivered(created, user)
	for h, want := range map[string]int{one.ID: 1, two.ID: 1, created.ID: 1, updated.ID: 0} {
		if got := e.entries(h, ""); len(got) != want {
			t.Errorf("%d log entries, want %d", len(got), want)
		}
	}
}

// only: a webhook for all events of a flow logs nothing before, and then exactly
// those that were sent.
func only(events ...string) func(t *testing.T) {
	return func(t *testing.T) {
		e := setupEngine(t, well())
		h := e.create("PostSignIn", "PostResetPassword", "User.Data.Updated")
		if got := e.entries(h.ID, ""); len(got) != 0 {
			t.Errorf("%d log entries before", len(got))
		}
		for _, event := range events {
			e.trigger(flowed(event, `"user":`+sampleUser))
		}
		for _, event := range events {
			e.delivered(h, flowed(event, `"user":`+sampleUser))
			if got := e.entries(h.ID, "logKey=TriggerHook."+event); len(got) != 1 {
				t.Errorf("%d log entries of %s", len(got), event)
			}
		}
		if got := e.entries(h.ID, ""); len(got) != len(events) {
			t.Errorf("%d log entries", len(got))
		}
	}
}
