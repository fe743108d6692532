package config

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"unicode/utf8"
)

const (
	minBootstrapKey  = 32
	minAdminPassword = 12
)

type reader = func(name string) ([]byte, error)

func (l *Loaded) resolveBootstrapKey(read reader) error {
	key := "bootstrap-api-key"
	if l.BootstrapAPIKeyFile != "" {
		if l.BootstrapAPIKey != "" {
			return l.problem("bootstrap-api-key-file", "set this or %s, not both", l.values[key].source)
		}
		secret, err := l.secret("bootstrap-api-key-file", l.BootstrapAPIKeyFile, read)
		if err != nil {
			return err
		}
		l.BootstrapAPIKey, l.values[key] = secret, value{redacted, l.values["bootstrap-api-key-file"].source}
	}
	if l.BootstrapAPIKey == "" {
		return nil
	}
	switch secret := l.BootstrapAPIKey.Reveal(); {
	case utf8.RuneCountInString(secret) < minBootstrapKey:
		return l.problem(key, "the bootstrap API key must have at least %d characters", minBootstrapKey)
	case strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return l.problem(key, "the bootstrap API key must be printable ASCII without spaces: it travels in a header")
	}
	return nil
}

func (l *Loaded) resolveAdmin(read reader) error {
	if (l.AdminEmail == "") != (l.AdminPasswordFile == "") {
		key, other := "admin-email", "TIDINGS_ADMIN_PASSWORD_FILE"
		if l.AdminEmail == "" {
			key, other = "admin-password-file", "TIDINGS_ADMIN_EMAIL"
		}
		return l.problem(key, "needs %s too", other)
	}
	if l.AdminPasswordFile == "" {
		return nil
	}
	password, err := l.secret("admin-password-file", l.AdminPasswordFile, read)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(password.Reveal()) < minAdminPassword {
		return l.problem("admin-password-file", "the password must have at least %d characters", minAdminPassword)
	}
	l.AdminPassword = password
	return nil
}

// secret reads a file that holds a secret; a line end behind it does not count.
func (l *Loaded) secret(key, name string, read reader) (Secret, error) {
	content, err := read(name)
	if err != nil {
		return "", l.problem(key, "read %s: %s", name, reason(err))
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if secret == "" {
		return "", l.problem(key, "%s is empty", name)
	}
	return Secret(secret), nil
}

func (l *Loaded) checkTLS(read reader) error {
	if l.TLSCert == "" && l.TLSKey == "" {
		return nil
	}
	if l.TLSKey == "" {
		return l.problem("tls-cert", "needs --tls-key too")
	}
	if l.TLSCert == "" {
		return l.problem("tls-key", "needs --tls-cert too")
	}
	cert, err := read(l.TLSCert)
	if err != nil {
		return l.problem("tls-cert", "read %s: %s", l.TLSCert, reason(err))
	}
	key, err := read(l.TLSKey)
	if err != nil {
		return l.problem("tls-key", "read %s: %s", l.TLSKey, reason(err))
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		return l.problem("tls-cert", "certificate and key cannot be used: %s", strings.TrimPrefix(err.Error(), "tls: "))
	}
	return nil
}

func (l *Loaded) checkCA(read reader) error {
	if l.CAFile == "" {
		return nil
	}
	content, err := read(l.CAFile)
	if err != nil {
		return l.problem("ca-file", "read %s: %s", l.CAFile, reason(err))
	}
	if !x509.NewCertPool().AppendCertsFromPEM(content) {
		return l.problem("ca-file", "%s holds no PEM certificate", l.CAFile)
	}
	return nil
}
