package registry

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

// BenchmarkChange changes one of 10,000 webhooks: the commit and the refresh.
func BenchmarkChange(b *testing.B) {
	s, err := sqlite.Open(b.Context(), sqlite.Options{Path: filepath.Join(b.TempDir(), "tidings.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var last webhook.ID
	for i := range 10_000 {
		last = webhook.ID(fmt.Sprintf("%021d", i))
		if _, err := s.CreateWebhook(b.Context(), webhook.Webhook{
			ID: last, Tenant: webhook.DefaultTenant, Name: "Sample", EventTypes: []webhook.EventType{"User.Created"},
			URL: "https://hooks.example.com/", SigningKey: "key", Enabled: true, CreatedAt: start, UpdatedAt: start,
		}); err != nil {
			b.Fatal(err)
		}
	}
	r, err := New(b.Context(), Options{Store: s, Catalog: catalog.Load(), URLs: anyURL{}})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := r.Update(b.Context(), webhook.DefaultTenant, last, func(w *webhook.Webhook) error {
			w.Name = fmt.Sprint(i)
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}
