package webhook

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestEventTypeMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		selection, name EventType
		want            bool
	}{
		{"User.Created", "User.Created", true},
		{"User.Created", "User.Deleted", false},
		{"User.Created", "user.created", false},
		{"User.Created", "User.CreatedAgain", false},
		{"User.*", "User.Created", true},
		{"User.*", "User.Data.Updated", true},
		{"User.*", "User", false},
		{"User.*", "UserRole.Created", false},
		{"User.*", "user.Created", false},
		{"User.*", "My.User.Created", false},
		{"User.Data.*", "User.Data.Updated", true},
		{"User.Data.*", "User.Created", false},
		{"User*", "User.Created", false},
		{"*", "User.Created", true},
		{"*", "PostRegister", true},
		{"*.Created", "User.Created", false},
		{"", "User.Created", false},
		{"User.C?eated", "User.Created", false},
	} {
		if got := c.selection.Matches(c.name); got != c.want {
			t.Errorf("%q selects %q: %t", c.selection, c.name, got)
		}
	}
	for _, pattern := range []EventType{"*", "User.*", "User.Data.*"} {
		if !pattern.IsPattern() {
			t.Errorf("%q is a pattern", pattern)
		}
	}
	for _, name := range []EventType{"", "User", "User.Created", "User*", "*.Created"} {
		if name.IsPattern() {
			t.Errorf("%q is no pattern", name)
		}
	}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		webhook Webhook
		want    []EventType
	}{
		"events":              {Webhook{EventTypes: []EventType{"A", "B.*"}}, []EventType{"A", "B.*"}},
		"legacy event":        {Webhook{LegacyEvent: "C"}, []EventType{"C"}},
		"events before event": {Webhook{EventTypes: []EventType{"A"}, LegacyEvent: "C"}, []EventType{"A"}},
		"neither":             {Webhook{}, nil},
	} {
		if got := c.webhook.Selection(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	all := []Scope{ScopeEmit, ScopeRead, ScopeManage, ScopeAdmin}
	for scope, included := range map[Scope][]Scope{
		ScopeAdmin:  {ScopeEmit, ScopeRead, ScopeManage, ScopeAdmin},
		ScopeManage: {ScopeEmit, ScopeRead, ScopeManage},
		ScopeRead:   {ScopeRead},
		ScopeEmit:   {ScopeEmit},
		"owner":     nil,
		"":          nil,
	} {
		for _, other := range append(all, "owner", "") {
			if got, want := scope.Includes(other), slices.Contains(included, other); got != want {
				t.Errorf("%q includes %q: %t", scope, other, got)
			}
		}
	}
}

func TestAPIKeyMay(t *testing.T) {
	t.Parallel()
	key := APIKey{Scopes: []Scope{ScopeEmit, ScopeRead}, ExpiresAt: &noon}
	for _, c := range []struct {
		scope Scope
		at    time.Time
		want  bool
	}{
		{ScopeEmit, noon.Add(-time.Nanosecond), true},
		{ScopeRead, noon.Add(-time.Nanosecond), true},
		{ScopeManage, noon.Add(-time.Nanosecond), false},
		{ScopeEmit, noon, false},
		{ScopeEmit, noon.Add(time.Hour), false},
	} {
		if got := key.May(c.scope, c.at); got != c.want {
			t.Errorf("%s at %v: %t", c.scope, c.at, got)
		}
	}
	key.ExpiresAt = nil
	if !key.May(ScopeEmit, noon.AddDate(100, 0, 0)) {
		t.Error("a key without an end has ended")
	}
	if (&APIKey{}).May(ScopeEmit, noon) {
		t.Error("a key without scopes may emit")
	}
}

func TestLatencyBucket(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]int{
		-time.Second: 0, 0: 0, 10 * time.Millisecond: 0,
		10*time.Millisecond + 1: 1, 25 * time.Millisecond: 1,
		25*time.Millisecond + 1: 2, time.Second: 6, time.Second + 1: 7,
		10 * time.Second: 9, 10*time.Second + 1: 10, time.Hour: 10,
	} {
		if got := LatencyBucket(d); got != want {
			t.Errorf("%v: bucket %d, want %d", d, got, want)
		}
	}
	if !slices.IsSorted(LatencyBounds[:]) {
		t.Errorf("bounds %v do not ascend", LatencyBounds)
	}
}

func TestLastAttempt(t *testing.T) {
	t.Parallel()
	if (&Delivery{}).LastAttempt() != nil {
		t.Error("there is an attempt before the first")
	}
	d := Delivery{Attempts: []Attempt{{Number: 1}, {Number: 2}}}
	if got := d.LastAttempt(); got != &d.Attempts[1] {
		t.Errorf("got attempt %d", got.Number)
	}
}

func TestInvalidSaysWhere(t *testing.T) {
	t.Parallel()
	var err error = &Invalid{Field: "config.url", Code: "invalid_url", Message: "The URL is not valid."}
	if err.Error() != "config.url: The URL is not valid." {
		t.Errorf("got %q", err)
	}
	err = &Invalid{Message: "The body is empty."}
	if found, is := errors.AsType[*Invalid](err); !is || found.Error() != "The body is empty." {
		t.Errorf("got %q", err)
	}
}

func TestResultClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		reason Reason
		want   ResultClass
	}{
		{200, ReasonNone, Result2xx},
		{299, ReasonHeadersTooLarge, Result2xx},
		{302, ReasonRedirect, Result3xx},
		{404, ReasonStatus4xx, Result4xx},
		{503, ReasonStatus5xx, Result5xx},
		{101, ReasonBadResponse, ResultNetwork},
		{0, ReasonTimeout, ResultTimeout},
		{0, ReasonBlockedAddress, ResultBlocked},
		{0, ReasonDNS, ResultNetwork},
		{0, ReasonConnect, ResultNetwork},
		{0, ReasonTLS, ResultNetwork},
		{0, ReasonReset, ResultNetwork},
		{0, ReasonBadResponse, ResultNetwork},
		{0, ReasonHeadersTooLarge, ResultNetwork},
		{0, ReasonInterrupted, ResultOther},
		{0, ReasonInternal, ResultOther},
		{0, ReasonNone, ResultOther},
	} {
		if got := (&Attempt{Status: c.status, Reason: c.reason}).Class(); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.reason, got, c.want)
		}
	}
}

func TestTenantIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[TenantID]bool{
		"default": true, "a": true, "0-_z": true, "abcdefghijklmnopqrstu": true, "abcdefghijklmnopqrstuv": false,
		"": false, "Default": false, "a b": false, "a/b": false, "é": false, "a\x00": false, "..": false,
	} {
		if got := ValidTenantID(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
}
