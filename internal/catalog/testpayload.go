package catalog

import (
	"strconv"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// interactionGroup is the group whose event types carry a user in Logto's test
// payload; all others share one shape.
const interactionGroup = "User interaction"

const (
	interactionTest = `{"event":"EVENT","hookId":"WEBHOOK","createdAt":"TIME","userAgent":"fake-user-agent",` +
		`"sessionId":"fake-session-id","userIp":"fake-user-ip","userId":"fake-id",` +
		`"user":{"id":"fake-id","username":"fake-user","primaryEmail":"fake-user@fake-service.com",` +
		`"primaryPhone":"1234567890","name":"Fake User","avatar":"https://fake-service.com/avatars/fake-user.png",` +
		`"customData":{"theme":"light"},"identities":{"google":{"userId":"fake-google-user-id"}},"profile":{},` +
		`"applicationId":"fake-application-id","cimdClientId":null,"isSuspended":false,` +
		`"lastSignInAt":MILLIS,"createdAt":MILLIS,"updatedAt":MILLIS},` +
		`"application":{"id":"fake-spa-application-id","type":"SPA","name":"Fake Application",` +
		`"description":"Fake application data for testing"}}`
	dataTest = `{"event":"EVENT","hookId":"WEBHOOK","createdAt":"TIME","userAgent":"fake-user-agent",` +
		`"path":"/fake-path/:id","method":"POST","status":200,"params":{"id":"fake-id"},"data":{"result":"success"}}`
)

// TestPayload is what Logto sends as the test payload of an event type: the exact
// bytes, hookId included.
func (c *Catalog) TestPayload(t Type, id webhook.ID, now time.Time) []byte {
	template := dataTest
	if t.Group == interactionGroup {
		template = interactionTest
	}
	return []byte(strings.NewReplacer(
		"EVENT", string(t.Name),
		"WEBHOOK", string(id),
		"TIME", now.UTC().Format(timeFormat),
		"MILLIS", strconv.FormatInt(now.UnixMilli(), 10),
	).Replace(template))
}
