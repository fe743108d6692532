package catalog

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

var now = time.Date(2026, 11, 23, 7, 57, 44, 75_000_000, time.UTC)

// logtoOrder is the order of Logto's schema, public event types only.
const logtoOrder = `PostRegister PostSignIn PostSignInAdaptiveMfaTriggered PostResetPassword
User.Created User.Deleted User.Data.Updated User.SuspensionStatus.Updated
Role.Created Role.Deleted Role.Data.Updated Role.Scopes.Updated Scope.Created Scope.Deleted Scope.Data.Updated
Organization.Created Organization.Deleted Organization.Data.Updated Organization.Membership.Updated
OrganizationRole.Created OrganizationRole.Deleted OrganizationRole.Data.Updated OrganizationRole.Scopes.Updated
OrganizationScope.Created OrganizationScope.Deleted OrganizationScope.Data.Updated
Identifier.Lockout Message.RateLimited Grant.LimitExceeded`

func TestTypesAreLogtosInOrder(t *testing.T) {
	t.Parallel()
	var want []webhook.EventType
	for _, name := range strings.Fields(logtoOrder) {
		want = append(want, webhook.EventType(name))
	}
	if diff := cmp.Diff(want, Load().Names()); diff != "" {
		t.Fatalf("event types (-want +got):\n%s", diff)
	}
}

func TestEveryTypeIsDescribed(t *testing.T) {
	t.Parallel()
	groups := map[string]bool{}
	for _, g := range []string{"User", "Organization", "Role", "Organization role", "Permission", "Organization permission", "User interaction", "Security"} {
		groups[g] = true
	}
	for _, et := range Load().All() {
		if !groups[et.Group] {
			t.Errorf("%s: unknown group %q", et.Name, et.Group)
		}
		if len(et.Description) < 10 || !strings.HasSuffix(et.Description, ".") {
			t.Errorf("%s: description %q is no sentence", et.Name, et.Description)
		}
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	for _, et := range Load().All() {
		t.Run(string(et.Name), func(t *testing.T) {
			t.Parallel()
			sample := et.Sample(now)
			var compact bytes.Buffer
			if err := json.Compact(&compact, sample); err != nil {
				t.Fatalf("not JSON: %v", err)
			}
			if !bytes.Equal(compact.Bytes(), sample) {
				t.Error("not compact")
			}
			var members map[string]any
			if err := json.Unmarshal(sample, &members); err != nil {
				t.Fatal(err)
			}
			if members["event"] != string(et.Name) {
				t.Errorf("event = %v", members["event"])
			}
			if members["createdAt"] != "2026-11-23T07:57:44.075Z" {
				t.Errorf("createdAt = %v", members["createdAt"])
			}
			if _, ok := members["hookId"]; ok {
				t.Error("a sample must be postable: hookId is ours to append")
			}
		})
	}
}

// The order of members is that of Logto's payloads, which receivers see.
func TestSamplesKeepLogtosOrder(t *testing.T) {
	t.Parallel()
	tests := map[webhook.EventType]string{
		"PostSignInAdaptiveMfaTriggered":  "adaptiveMfaResult event interactionEvent createdAt sessionId userAgent userId userIp user application",
		"PostSignIn":                      "event interactionEvent createdAt sessionId userAgent userId userIp user application",
		"Role.Created":                    "event createdAt userAgent ip path method status params matchedRoute data",
		"User.Deleted":                    "event createdAt userAgent ip data path method status params matchedRoute",
		"Organization.Membership.Updated": "event createdAt userAgent ip path method status params matchedRoute organizationId addedUserIds",
		"Identifier.Lockout":              "event createdAt interactionEvent userAgent applicationId sessionId ip application type value",
		"Grant.LimitExceeded":             "event createdAt ip userAgent application userId applicationId revokedGrantIds maxAllowedGrants preRevocationActiveGrantCount",
	}
	for name, want := range tests {
		et, _ := Load().Get(name)
		if got := strings.Join(memberNames(t, et.Sample(now)), " "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

func memberNames(t *testing.T, object []byte) []string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

func TestTestPayloadsAreLogtos(t *testing.T) {
	t.Parallel()
	const id = "abcdefghijklmnopqrstu"
	c := Load()
	signIn, _ := c.Get("PostSignIn")
	role, _ := c.Get("Role.Created")
	lockout, _ := c.Get("Identifier.Lockout")

	if got := len(c.TestPayload(signIn, id, now)); got != 789 {
		t.Errorf("PostSignIn has %d bytes, want 789", got)
	}
	want := `{"event":"Role.Created","hookId":"abcdefghijklmnopqrstu","createdAt":"2026-11-23T07:57:44.075Z",` +
		`"userAgent":"fake-user-agent","path":"/fake-path/:id","method":"POST","status":200,"params":{"id":"fake-id"},"data":{"result":"success"}}`
	if got := string(c.TestPayload(role, id, now)); got != want || len(got) != 233 {
		t.Errorf("Role.Created (%d bytes):\n got %s\nwant %s", len(got), got, want)
	}
	if got := string(c.TestPayload(lockout, id, now)); !strings.Contains(got, `"data":{"result":"success"}}`) {
		t.Errorf("Identifier.Lockout has the shape of data events, got %s", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	c := Load()
	tests := map[string]string{
		"user.created":                       "User.Created",
		"User.Create":                        "User.Created",
		"UserCreated":                        "User.Created",
		"PostSignin":                         "PostSignIn",
		"Organization.Member.Updated":        "Organization.Membership.Updated",
		"Role.Scope.Updated":                 "Role.Scopes.Updated",
		"order.paid":                         "",
		"":                                   "",
		"\xff":                               "",
		strings.Repeat("User.Created", 1000): "",
	}
	for name, want := range tests {
		if got := c.Nearest(name); got != want {
			t.Errorf("Nearest(%.40q) = %q, want %q", name, got, want)
		}
	}
}
