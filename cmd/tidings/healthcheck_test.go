package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate makes a self-signed one and the flags that name it.
func certificate(t *testing.T, names ...string) (tls.Certificate, []string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	for _, name := range names {
		if address := net.ParseIP(name); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	var flags []string
	for flag, block := range map[string]*pem.Block{"--tls-cert": {Type: "CERTIFICATE", Bytes: der}, "--tls-key": {Type: "PRIVATE KEY", Bytes: private}} {
		path := filepath.Join(folder, flag)
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, flag, path)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, flags
}

func TestHealthcheckOfAServerWithACertificate(t *testing.T) {
	t.Parallel()
	_, others := certificate(t, "tidings.example.com")
	_, nameless := certificate(t)
	for _, name := range []string{"tidings.example.com", "*.example.com", "192.0.2.1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mine, flags := certificate(t, name)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/hooks/readyz" {
					w.WriteHeader(http.StatusNotFound)
				}
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.TLS = &tls.Config{Certificates: []tls.Certificate{mine}}
			server.StartTLS()
			t.Cleanup(server.Close)
			ask := func(flags []string, more ...string) result {
				args := append([]string{"healthcheck", "--listen", strings.TrimPrefix(server.URL, "https://")}, flags...)
				return runWith(t, nil, "", append(args, more...)...)
			}
			if got := ask(flags, "--base-url", "https://other.example.com/hooks"); got.code != 0 || got.stdout != "ready\n" {
				t.Errorf("%+v", got)
			}
			if got := ask(flags); got.code != exitFailed {
				t.Errorf("a server that is not ready: %+v", got)
			}
			if got := ask(others); got.code != exitFailed || !strings.Contains(got.stderr, "certificate") {
				t.Errorf("a server with another certificate: %+v", got)
			}
			if got := ask(nameless); got.code != exitUsage || !strings.Contains(got.stderr, "names no host") {
				t.Errorf("a certificate without names: %+v", got)
			}
			if got := ask([]string{"--tls-cert", "missing", "--tls-key", "missing"}); got.code != exitUsage || !strings.Contains(got.stderr, "--tls-cert") {
				t.Errorf("a certificate that is not there: %+v", got)
			}
		})
	}
}
