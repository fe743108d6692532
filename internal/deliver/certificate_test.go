package deliver

import (
	"crypto/x509"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/webhook"
)

// A certificate holds whatever its endpoint likes; a sentence does not.
func TestSentencesTakeOnlyHostNames(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{nil, {""}, {"a b.example"}, {"x\nfake=log line"}, {"<script>"}, {"b\u00fccher.example"}, {strings.Repeat("a", 254)}} {
		err := x509.HostnameError{Certificate: &x509.Certificate{DNSNames: names}, Host: "hooks.example.com"}
		if got := tlsDetail(fmt.Errorf("handshake: %w", err)); got != "The certificate of the endpoint is for another host name." {
			t.Errorf("%q: %s", names, got)
		}
	}
	err := x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"\x00", "*.acme.example"}}, Host: "hooks.example.com"}
	if got, want := tlsDetail(err), "The certificate of the endpoint is for *.acme.example, not hooks.example.com."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	early := x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{
		NotBefore: time.Now().AddDate(1, 0, 0), NotAfter: time.Now().AddDate(2, 0, 0),
	}}
	want := "The certificate of the endpoint is not valid before " + early.Cert.NotBefore.UTC().Format("2 Jan 2006") + "."
	if got := tlsDetail(early); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An endpoint knows the values of custom headers, and may put one into its certificate.
func TestSentencesRepeatNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "t0ken-of-the-shop"
	a := webhook.Attempt{Reason: webhook.ReasonTLS, Detail: wrongHost(x509.HostnameError{
		Certificate: &x509.Certificate{DNSNames: []string{secret + ".acme.example"}}, Host: "hooks.example.com",
	})}
	hideSecrets(&webhook.Request{Headers: []webhook.Header{{Name: "authorization", Value: "Bearer " + secret, Locked: true}}}, &a)
	if want := "The certificate of the endpoint is for ******.acme.example, not hooks.example.com."; a.Detail != want {
		t.Errorf("got %q, want %q", a.Detail, want)
	}
}

// Each cause that the dialler knows is one of the attempt's, and its own sentence tells
// which.
func TestCausesOfConnecting(t *testing.T) {
	t.Parallel()
	for cause, err := range map[webhook.Cause]error{
		webhook.CauseRefused:     &egress.DialError{Kind: egress.KindConnect, Cause: egress.CauseRefused, Phase: egress.PhaseConnect, Err: syscall.ECONNREFUSED},
		webhook.CauseUnreachable: &egress.DialError{Kind: egress.KindConnect, Cause: egress.CauseUnreachable, Phase: egress.PhaseConnect, Err: syscall.EHOSTUNREACH},
		webhook.CauseProxy:       &egress.DialError{Kind: egress.KindConnect, Cause: egress.CauseProxy, Phase: egress.PhaseConnect},
		webhook.CauseNone:        &egress.DialError{Kind: egress.KindConnect, Phase: egress.PhaseConnect, Detail: "The connection could not be opened."},
	} {
		var a webhook.Attempt
		byDialError(t.Context(), err).note(&a)
		if a.Cause() != cause || a.Reason != webhook.ReasonConnect || a.Detail == "" {
			t.Errorf("%v: %q is of the cause %q, want %q", err, a.Detail, a.Cause(), cause)
		}
	}
}
