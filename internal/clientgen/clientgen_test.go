package clientgen

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write client/generated.go")

const source = "../../client/generated.go"

func TestClientIsGenerated(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	generated, err := Generate(document)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(source, generated, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(generated, committed) {
		t.Error("client/generated.go is out of date: run make gen")
	}
}

func TestGoName(t *testing.T) {
	t.Parallel()
	for member, want := range map[string]string{
		"id": "ID", "webhookId": "WebhookID", "url": "URL", "tlsVersion": "TLSVersion", "httpVersion": "HTTPVersion", "idempotencyKey": "IdempotencyKey",
		"Idempotency-Key": "IdempotencyKey", "If-Match": "IfMatch", "access_token": "AccessToken", "identity": "Identity", "ok": "OK", "dns": "DNS",
	} {
		if got := goName(member); got != want {
			t.Errorf("%s: %s, want %s", member, got, want)
		}
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		`{`, `{"components":{"schemas":{"Error":{"properties":{"x":{"$ref":"#/components/schemas/X"}}},"X":{"type":"string"}}}}`,
	} {
		if source, err := Generate([]byte(document)); err == nil {
			t.Errorf("%s gives\n%s", document, source)
		}
	}
}
