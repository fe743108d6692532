package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestForbiddenNamesTheScope(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"code":"auth.forbidden","message":"Forbidden. Please check your user roles and permissions."}`))
	}))
	t.Cleanup(server.Close)
	for _, test := range []struct {
		scope string
		args  []string
	}{
		{"emit", []string{"emit", "User.Created"}},
		{"read", []string{"deliveries", "list", "--state", "failed"}},
		{"read", []string{"webhooks", "list"}},
		{"manage", []string{"webhooks", "create", "Orders", "https://shop.example.com/hooks", "-e", "*"}},
		{"manage", []string{"redeliver", "0a1b2c3d4e5f6g7h8i9j0"}},
		{"admin, in the tenant default", []string{"tenants", "list"}},
	} {
		got := runWith(t, []string{"TIDINGS_URL=" + server.URL, "TIDINGS_API_KEY=k"}, "", test.args...)
		if got.code != exitAuth || !strings.HasSuffix(got.stderr, "(403 auth.forbidden)\ntidings: this needs an API key with the scope "+test.scope+"\n") {
			t.Errorf("%v: %+v", test.args, got)
		}
	}
}
