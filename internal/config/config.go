// Package config reads the settings of the server: flags over environment over
// file over defaults. It knows no other package; app turns a Config into the
// options of each.
package config

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config is the effective configuration. settings.go says for each field where it
// comes from and what it means.
type Config struct {
	Listen    string
	OpsListen string
	Database  string
	// DatabaseListen is where the connection that listens goes, empty for Database.
	DatabaseListen string
	// BaseURL is nil if not set; see BaseURLFor.
	BaseURL       *url.URL
	Dev           bool
	AllowNetworks []netip.Prefix

	AdminEmail        string
	AdminPasswordFile string
	// AdminPassword is what AdminPasswordFile holds.
	AdminPassword       Secret
	BootstrapAPIKey     Secret
	BootstrapAPIKeyFile string

	LogLevel  string
	LogFormat string

	TLSCert        string
	TLSKey         string
	TrustedProxies []netip.Prefix
	CAFile         string
	EgressProxy    ProxyURL

	HoldFor       time.Duration
	MaxDisk       DiskLimit
	MaxInFlight   int
	Retention     time.Duration
	RetrySchedule []time.Duration
}

// SQLitePath is the path of the database file.
func (c *Config) SQLitePath() string { return strings.TrimPrefix(c.Database, sqlitePrefix) }

// Shared says that the database is one that several servers share, PostgreSQL.
func (c *Config) Shared() bool { return !strings.HasPrefix(c.Database, sqlitePrefix) }

// DatabaseName is the database as it may be seen, without a password.
func (c *Config) DatabaseName() string { return showURL(c.Database) }

// BaseURLFor is the address under which people reach the server: the one that is
// set, or else the one it listens on. addr is that of the listener, with the port
// it got.
func (c *Config) BaseURLFor(addr string) *url.URL {
	if c.BaseURL != nil {
		copied := *c.BaseURL
		return &copied
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return &url.URL{Scheme: scheme, Host: reachable(addr)}
}

// reachable replaces an address that stands for all of the host's by localhost.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// DiskLimit is how full the disk may get: a share of the volume or a size of the
// database. Exactly one is set.
type DiskLimit struct {
	// Share is above 0 and at most 1.
	Share float64
	Bytes int64
}

// Secret is text that prints as "[redacted]".
type Secret string

const redacted = "[redacted]"

// Reveal returns the content.
func (s Secret) Reveal() string { return string(s) }

func (Secret) String() string { return redacted }

// GoString redacts like String.
func (Secret) GoString() string { return redacted }

// MarshalText redacts like String.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// ProxyURL is the URL of a proxy, which may carry a password; it prints without.
type ProxyURL struct{ url *url.URL }

// Reveal returns the URL with its password, nil if none is set.
func (p ProxyURL) Reveal() *url.URL { return p.url }

func (p ProxyURL) String() string {
	if p.url == nil {
		return ""
	}
	return showURL(p.url.String())
}
