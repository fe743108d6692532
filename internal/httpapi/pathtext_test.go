package httpapi

import (
	"cmp"
	"regexp"
	"strings"
	"testing"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/store/postgres"
	"github.com/tidingshq/tidings/internal/testkit/pgtest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// onPostgres keeps everything in a database that refuses what is no text.
func (b *bundle) onPostgres() func(*Options) {
	return func(o *Options) {
		cluster := pgtest.Start(b.t)
		s, err := postgres.Open(b.t.Context(), postgres.Options{DSN: cluster.DSN(cluster.Database(b.t, "")), Clock: b.clock})
		b.must(err)
		b.t.Cleanup(func() { b.must(s.Close()) })
		b.must(s.PutKey(b.t.Context(), webhook.APIKey{
			ID: adminKey, Tenant: webhook.DefaultTenant, Hash: webhook.HashKey(webhook.Secret(adminKey)), Scopes: []webhook.Scope{admin}, CreatedAt: start,
		}))
		reg, err := registry.New(b.t.Context(), registry.Options{Store: s, Catalog: catalog.Load(), URLs: httpsOnly{}, Sender: b.sender, Clock: b.clock})
		b.must(err)
		o.Store, o.Registry = s, reg
		o.Ingest = ingest.New(ingest.Options{Store: s, Registry: reg, Types: reg, Clock: b.clock})
	}
}

// TestIdentifiersThatAreNoTextNameNothing holds every route with something in its path
// to the answer that it gives to an identifier that nothing has.
func TestIdentifiersThatAreNoTextNameNothing(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]func(*bundle) func(*Options){
		"SQLite":     func(*bundle) func(*Options) { return func(*Options) {} },
		"PostgreSQL": (*bundle).onPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupOn(t, on)
			for _, r := range b.handler.(*api).routes() {
				if !strings.Contains(r.path, "{") {
					continue
				}
				for _, number := range []string{"1", ""} {
					ask := func(id string) answer {
						path := strings.NewReplacer("{number}", cmp.Or(number, id)).Replace(r.path)
						path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllLiteralString(path, id)
						return b.do(adminKey, r.method, path, entries()[r.method+" "+r.path].body, "If-Match", `"1"`)
					}
					nothing := ask("%EF%BF%BD")
					if nothing.status != 404 && nothing.status != 400 && r.operation != "ListHookRecentLogs" {
						t.Errorf("%s of nothing: %d %s", r.operation, nothing.status, nothing.body)
					}
					for _, id := range []string{"%ff", "%00", "a%00b", "%ed%a0%80"} {
						if got := ask(id); got.status != nothing.status || got.body != nothing.body {
							t.Errorf("%s of %s: %d %s, want %d %s", r.operation, id, got.status, got.body, nothing.status, nothing.body)
						}
					}
				}
			}
		})
	}
}
