package deliver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// tlsDetail says what is wrong with the TLS of an endpoint.
func tlsDetail(err error) string {
	var (
		invalid   x509.CertificateInvalidError
		host      x509.HostnameError
		authority x509.UnknownAuthorityError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &host):
		return wrongHost(host)
	case errors.As(err, &authority):
		return unknownAuthority(err)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return expired(invalid.Cert)
	case errors.As(err, &invalid):
		return "The certificate of the endpoint is not valid."
	case errors.As(err, &record):
		return "The endpoint does not speak TLS on this port."
	default:
		return "The TLS connection failed. The endpoint must offer TLS 1.2 or later."
	}
}

const dayOnly = "2 Jan 2006"

func expired(cert *x509.Certificate) string {
	switch now := time.Now(); {
	case cert != nil && now.After(cert.NotAfter):
		return "The certificate of the endpoint expired on " + cert.NotAfter.UTC().Format(dayOnly) + "."
	case cert != nil && now.Before(cert.NotBefore):
		return "The certificate of the endpoint is not valid before " + cert.NotBefore.UTC().Format(dayOnly) + "."
	default:
		return "The certificate of the endpoint has expired or is not valid yet."
	}
}

func wrongHost(err x509.HostnameError) string {
	if err.Certificate != nil {
		for _, name := range err.Certificate.DNSNames {
			if isHostName(name) {
				return fmt.Sprintf("The certificate of the endpoint is for %s, not %s.", name, err.Host)
			}
		}
	}
	return "The certificate of the endpoint is for another host name."
}

// isHostName lets nothing into a sentence but what a host name is made of.
func isHostName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*"
	return name != "" && len(name) <= 253 && strings.Trim(name, letters) == ""
}

// unknownAuthority tells apart what the certificates that were sent tell apart.
func unknownAuthority(err error) string {
	const unknown = "The certificate of the endpoint is signed by an authority that is not trusted"
	var verification *tls.CertificateVerificationError
	if !errors.As(err, &verification) || len(verification.UnverifiedCertificates) != 1 {
		return unknown + "."
	}
	leaf := verification.UnverifiedCertificates[0]
	if leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil {
		return "The certificate of the endpoint is signed by itself, not by an authority that is trusted."
	}
	return unknown + ", or its chain is incomplete: only one certificate was sent."
}
