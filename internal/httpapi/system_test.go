package httpapi

import "testing"

func TestSystemIsForThoseWhoRunIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := `{"version":"1.2.3","commit":"abc123","startedAt":"2026-11-23T11:58:30.000Z","uptime":90,"storage":{"kind":"sqlite","bytes":4096},` +
		`"settings":[{"key":"listen","value":":8080","source":"default"}],"network":{"allow":["10.0.0.0/8"],"rules":"public addresses over https"},` +
		`"checks":[{"name":"database","ok":true,"detail":"It answers."}]}`
	if got := b.do(readKey, "GET", "/api/system", ""); got.status != 200 || got.body != all {
		t.Errorf("the default tenant gets %d %s", got.status, got.body)
	}
	some := `{"version":"1.2.3","commit":"abc123","startedAt":"2026-11-23T11:58:30.000Z","uptime":90,"settings":[],"checks":[]}`
	if got := b.do(otherKey, "GET", "/api/system", ""); got.status != 200 || got.body != some {
		t.Errorf("another tenant gets %d %s", got.status, got.body)
	}
}
