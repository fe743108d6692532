package httpapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

func TestAuthorizationHeader(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := map[string]string{
		"":                                "auth.unauthorized",
		"bearer " + adminKey:              "auth.authorization_token_type_not_supported",
		"Basic " + adminKey:               "auth.authorization_token_type_not_supported",
		adminKey:                          "auth.authorization_token_type_not_supported",
		"Bearer":                          "auth.unauthorized",
		"Bearer ":                         "auth.unauthorized",
		"Bearer\t" + adminKey:             "auth.unauthorized",
		"Bearer  " + adminKey:             "auth.unauthorized",
		"Bearer " + adminKey + "x":        "auth.unauthorized",
		"Bearer " + adminKey[:20]:         "auth.unauthorized",
		"Bearer x " + adminKey:            "auth.unauthorized",
		"Bearer ' OR 1=1--":               "auth.unauthorized",
		"Bearer \x00":                     "auth.unauthorized",
		"Bearer " + adminKey + adminKey:   "auth.unauthorized",
		"Bearer " + adminKey + ", Bearer": "auth.unauthorized",
	}
	for header, code := range tests {
		if header == "" {
			code = "auth.authorization_token_type_not_supported"
		}
		got := b.do("", "GET", "/api/hooks", "", "Authorization", header)
		b.want(got, 401, code)
		if got.header.Get("Www-Authenticate") != "" {
			t.Errorf("%q: WWW-Authenticate is sent", header)
		}
	}
	b.want(b.do("", "GET", "/api/hooks?access_token="+adminKey, ""), 401, "auth.authorization_header_missing")
	b.want(b.do("", "GET", "/api/hooks", "", "Cookie", "token="+adminKey), 401, "auth.authorization_header_missing")
}

func TestLogtosWordsFor401And403(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := map[string]string{
		"":                  `{"code":"auth.authorization_header_missing","message":"Authorization header is missing."}`,
		"Basic x":           `{"code":"auth.authorization_token_type_not_supported","data":{"supportedTypes":["Bearer"]},"message":"Authorization type is not supported."}`,
		"Bearer x":          `{"code":"auth.unauthorized","data":{"code":"ERR_JWS_INVALID","name":"JWSInvalid"},"message":"Unauthorized. Please check credentials and its scope."}`,
		"Bearer " + emitKey: `{"code":"auth.forbidden","message":"Forbidden. Please check your user roles and permissions."}`,
	}
	for header, want := range tests {
		var headers []string
		if header != "" {
			headers = []string{"Authorization", header}
		}
		if got := b.do("", "GET", "/api/hooks", "", headers...); got.body != want {
			t.Errorf("%q:\n got %s\nwant %s", header, got.body, want)
		}
	}
}

func TestExpiredKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expiry := start.Add(time.Hour)
	b.must(b.store.PutKey(t.Context(), webhook.APIKey{
		ID: "expiring", Tenant: webhook.DefaultTenant, Hash: webhook.HashKey("expiring"), Scopes: []webhook.Scope{"read"},
		CreatedAt: start, ExpiresAt: &expiry,
	}))
	b.must(b.reg.Refresh(t.Context()))
	if got := b.do("expiring", "GET", "/api/hooks", ""); got.status != http.StatusOK {
		t.Errorf("before its time: %d", got.status)
	}
	b.clock.Advance(time.Hour)
	b.want(b.do("expiring", "GET", "/api/hooks", ""), 401, "auth.unauthorized")
}

func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	done := b.post(`{"event":"User.Created"}`)
	delivery := b.deliveries()[0].ID
	for _, target := range []string{
		"/api/events/" + string(done.ID), "/api/events/" + string(done.ID) + "/payload",
		"/api/deliveries/" + delivery, "/api/deliveries/" + delivery + "/payload", "/api/deliveries/" + delivery + "/attempts/1/body",
	} {
		b.want(b.do(otherKey, "GET", target, ""), 404, "entity.not_found")
	}
	b.want(b.do(otherKey, "POST", "/api/deliveries/"+delivery+"/redeliver", ""), 404, "entity.not_found")
	for target, want := range map[string]string{
		"/api/hooks": "[]", "/api/hooks/" + h.ID + "/recent-logs": "[]",
		"/api/events": `{"items":[]}`, "/api/deliveries": `{"items":[]}`, "/api/deliveries?webhook=" + h.ID: `{"items":[]}`,
	} {
		if got := b.do(otherKey, "GET", target, ""); got.body != want {
			t.Errorf("%s: %s", target, got.body)
		}
	}
}
