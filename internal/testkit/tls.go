package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

// TLS says how a receiver does TLS. The zero value does it well, for 127.0.0.1,
// localhost and receiver.test, with a certificate of an authority of its own.
type TLS struct {
	// Expired, WrongHost and SelfSigned each spoil the certificate.
	Expired    bool
	WrongHost  bool
	SelfSigned bool
	// MaxVersion, such as tls.VersionTLS11, is the highest version offered.
	MaxVersion uint16
	// Protocols are those offered by ALPN; none does not take part in it.
	Protocols []string
	// Change may change what remains.
	Change func(*tls.Config)
}

// Config makes authority and certificate of a server, for receivers that change theirs.
func (o TLS) Config(tb testing.TB) *tls.Config {
	tb.Helper()
	config, _ := o.config(tb)
	return config
}

// config makes authority and certificate.
func (o TLS) config(tb testing.TB) (*tls.Config, *x509.CertPool) {
	tb.Helper()
	authorityKey, authority := newAuthority(tb)
	roots := x509.NewCertPool()
	roots.AddCert(authority)

	leaf := template(2)
	leaf.DNSNames = []string{"localhost", "receiver.test"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	if o.WrongHost {
		leaf.DNSNames, leaf.IPAddresses = []string{"other.example"}, nil
	}
	if o.Expired {
		leaf.NotBefore, leaf.NotAfter = leaf.NotBefore.AddDate(-2, 0, 0), leaf.NotBefore.AddDate(-1, 0, 0)
	}
	key := newKey(tb)
	if o.SelfSigned {
		authority, authorityKey = leaf, key
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, authorityKey)
	if err != nil {
		tb.Fatalf("make certificate: %v", err)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		MinVersion:   tls.VersionTLS10, // an endpoint may be old; what we accept is the client's matter
		MaxVersion:   o.MaxVersion,
		NextProtos:   o.Protocols,
	}
	if o.Change != nil {
		o.Change(config)
	}
	return config, roots
}

func newAuthority(tb testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	tb.Helper()
	key, authority := newKey(tb), template(1)
	authority.IsCA, authority.BasicConstraintsValid = true, true
	authority.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &key.PublicKey, key)
	if err != nil {
		tb.Fatalf("make authority: %v", err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatalf("parse authority: %v", err)
	}
	return key, parsed
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatalf("make key: %v", err)
	}
	return key
}

func template(serial int64) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: "Tidings tests"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}
