package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWebhookTestPicksAnEventType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		selected, want string
		code           int
	}{
		{`"User.*"`, `{"eventType":"User.Created"}`, exitOK},
		{`"*"`, `{"eventType":"PostRegister"}`, exitOK},
		{`"User.*","order.paid"`, `{"eventType":"order.paid"}`, exitOK},
		{`"old.*"`, "", exitUsage},
	} {
		t.Run(test.selected, func(t *testing.T) {
			t.Parallel()
			var posted string
			mux := http.NewServeMux()
			mux.HandleFunc("GET /api/webhooks/{id}", func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `{"eventTypes":[%s]}`, test.selected)
			})
			mux.HandleFunc("GET /api/event-types", func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `{"items":[{"name":"PostRegister"},{"name":"User.Created"},{"name":"User.Deleted"},{"name":"old.one","deprecated":true}]}`)
			})
			mux.HandleFunc("POST /api/webhooks/{id}/test", func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				posted = string(body)
				fmt.Fprint(w, `{"attempt":{"outcome":"succeeded","status":200}}`)
			})
			server := httptest.NewServer(mux)
			defer server.Close()
			got := runWith(t, []string{"TIDINGS_URL=" + server.URL, "TIDINGS_API_KEY=k"}, "", "webhooks", "test", strings.Repeat("a", 21))
			if got.code != test.code || posted != test.want {
				t.Errorf("posted %s: %+v", posted, got)
			}
		})
	}
}
