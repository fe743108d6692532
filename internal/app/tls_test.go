package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/testkit"
)

// issued is a certificate for 127.0.0.1 and the authority that vouches for it.
type issued struct {
	pair      tls.Certificate
	authority *x509.Certificate
}

func issue(t *testing.T) issued {
	t.Helper()
	authorityKey, key := newKey(t), newKey(t)
	authority := certificate(1)
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	authority = sign(t, authority, authority, &authorityKey.PublicKey, authorityKey)
	leaf := certificate(2)
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	leaf = sign(t, leaf, authority, &key.PublicKey, authorityKey)
	return issued{tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}, authority}
}

func certificate(serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "Tidings tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, template, parent *x509.Certificate, key *ecdsa.PublicKey, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// pemFile writes a PEM block to a file of its own.
func pemFile(t *testing.T, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTLSListener(t *testing.T) {
	t.Parallel()
	made := issue(t)
	key, err := x509.MarshalPKCS8PrivateKey(made.pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t, "tls-cert", pemFile(t, "CERTIFICATE", made.pair.Certificate[0]), "tls-key", pemFile(t, "PRIVATE KEY", key))
	roots := x509.NewCertPool()
	roots.AddCert(made.authority)
	b.scheme = "https"
	b.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	b.post()

	t.Run("ConnectionTroubleIsLoggedAsALine", func(t *testing.T) {
		t.Parallel()
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", b.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		b.until("the handshake is told of", func() bool {
			return strings.Contains(b.log.String(), `"level":"WARN","msg":"http: TLS handshake error`)
		})
	})
}

func TestCAFile(t *testing.T) {
	t.Parallel()
	made := issue(t)
	endpoint := testkit.NewTLSReceiver(t, testkit.TLS{Change: func(c *tls.Config) { c.Certificates = []tls.Certificate{made.pair} }})
	t.Run("IsTrustedForDeliveries", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "ca-file", pemFile(t, "CERTIFICATE", made.authority.Raw))
		b.subscribe(endpoint.URL)
		if d := b.ended(b.post().ID); d.State != "succeeded" {
			t.Errorf("delivery: %+v", d)
		}
	})
	t.Run("IsNeeded", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.subscribe(endpoint.URL)
		if d := b.ended(b.post().ID); d.State != "failed" || len(d.Attempts) != 1 || d.Attempts[0].Reason != "tls" {
			t.Errorf("delivery: %+v", d)
		}
	})
}
