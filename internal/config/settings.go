package config

import (
	"regexp"
	"slices"
	"strings"
)

// Setting describes one setting: the names it has in the file, the environment and
// on the command line, its default and its meaning.
type Setting struct {
	// Key is its name in the configuration file.
	Key string
	// Flag is its name on the command line, without dashes; empty if it has none.
	Flag    string
	Env     string
	Default string
	// Allowed says which values there are.
	Allowed string
	Doc     string

	field func(*Config) any
	// check looks at the text of a value whose type allows more than the setting.
	check func(text string) error
	// show is what may be seen of a value that holds a secret.
	show func(text string) string
	// emptyCounts says that empty is a value of its own and not "not set".
	emptyCounts bool
}

// Switch says that the setting is on or off and needs no value on the command
// line.
func (s Setting) Switch() bool {
	_, is := s.field(new(Config)).(*bool)
	return is
}

var oneOfWords = regexp.MustCompile("^`[a-z]+`((, | or )`[a-z]+`)+$")

// Choices are the values of a setting that has a few words to choose from.
func (s Setting) Choices() []string {
	if !oneOfWords.MatchString(s.Allowed) {
		return nil
	}
	return strings.FieldsFunc(strings.ReplaceAll(s.Allowed, " or ", ""), func(c rune) bool { return strings.ContainsRune("`, ", c) })
}

// Settings lists all settings in the order of the reference page.
func Settings() []Setting {
	return slices.Concat(serving(), access(), delivering(), logging())
}

func serving() []Setting {
	return []Setting{
		{
			Key: "listen", Flag: "listen", Env: "TIDINGS_LISTEN", Default: "127.0.0.1:8080",
			Allowed: "`host:port`", Doc: "Address of the API.",
			field: func(c *Config) any { return &c.Listen }, check: checkAddress,
		},
		{
			Key: "ops-listen", Flag: "ops-listen", Env: "TIDINGS_OPS_LISTEN", Default: "127.0.0.1:8081",
			Allowed: "`host:port`, or empty for none", Doc: "Address of `/metrics` and `/debug/pprof`. It asks for no key: keep it private.",
			field: func(c *Config) any { return &c.OpsListen }, check: checkOptionalAddress, emptyCounts: true,
		},
		{
			Key: "base-url", Flag: "base-url", Env: "TIDINGS_BASE_URL",
			Allowed: "`http://` or `https://` URL without query", Doc: "Address under which people reach the server; its path is the prefix of everything served. Made from `listen` if not set.",
			field: func(c *Config) any { return &c.BaseURL }, check: checkBaseURL,
		},
		{
			Key: "tls-cert", Flag: "tls-cert", Env: "TIDINGS_TLS_CERT",
			Allowed: "PEM file", Doc: "Certificate chain of the API's listener. Goes with `tls-key`.",
			field: func(c *Config) any { return &c.TLSCert },
		},
		{
			Key: "tls-key", Flag: "tls-key", Env: "TIDINGS_TLS_KEY",
			Allowed: "PEM file", Doc: "Private key of the certificate.",
			field: func(c *Config) any { return &c.TLSKey },
		},
		{
			Key: "trusted-proxies", Flag: "trusted-proxies", Env: "TIDINGS_TRUSTED_PROXIES",
			Allowed: "comma list of CIDR ranges", Doc: "Proxies whose `X-Forwarded-For` is believed.",
			field: func(c *Config) any { return &c.TrustedProxies },
		},
		{
			Key: "database", Flag: "database", Env: "TIDINGS_DATABASE", Default: "sqlite:./tidings-data/tidings.db",
			Allowed: "`sqlite:PATH` or `postgres://user:password@host:port/name`", Doc: "Where everything is kept: a file for one server, or a PostgreSQL database for any number of them.",
			field: func(c *Config) any { return &c.Database }, check: checkDatabase, show: showURL,
		},
		{
			Key: "database-listen", Flag: "database-listen", Env: "TIDINGS_DATABASE_LISTEN",
			Allowed: "`postgres://` URL", Doc: "Where the one connection goes that listens for changes, if `database` leads to a pooler such as pgbouncer: past it. With it no statement is prepared by name, which a pooler that hands out connections by transaction would trip over.",
			field: func(c *Config) any { return &c.DatabaseListen }, check: checkPostgres, show: showURL,
		},
		{
			Key: "max-disk", Flag: "max-disk", Env: "TIDINGS_MAX_DISK", Default: "80%",
			Allowed: "share of the volume such as `80%`, or size such as `20GiB`", Doc: "Above it events are refused with 507; deliveries go on.",
			field: func(c *Config) any { return &c.MaxDisk },
		},
	}
}

func access() []Setting {
	return []Setting{
		{
			Key: "bootstrap-api-key", Flag: "bootstrap-api-key", Env: "TIDINGS_BOOTSTRAP_API_KEY",
			Allowed: "at least 32 characters", Doc: "An API key with all rights, for unattended installs. A flag can be seen in the list of processes: prefer the environment or the file.",
			field: func(c *Config) any { return &c.BootstrapAPIKey }, show: showNothing,
		},
		{
			Key: "bootstrap-api-key-file", Flag: "bootstrap-api-key-file", Env: "TIDINGS_BOOTSTRAP_API_KEY_FILE",
			Allowed: "file", Doc: "File that holds the bootstrap API key. Instead of `bootstrap-api-key`.",
			field: func(c *Config) any { return &c.BootstrapAPIKeyFile },
		},
		{
			Key: "admin-email", Env: "TIDINGS_ADMIN_EMAIL",
			Allowed: "e-mail address", Doc: "The first console user, for unattended installs. Ignored once there is a user.",
			field: func(c *Config) any { return &c.AdminEmail }, check: checkEmail,
		},
		{
			Key: "admin-password-file", Env: "TIDINGS_ADMIN_PASSWORD_FILE",
			Allowed: "file with at least 12 characters", Doc: "File that holds the password of the first console user. Goes with `admin-email`.",
			field: func(c *Config) any { return &c.AdminPasswordFile },
		},
	}
}

func delivering() []Setting {
	return []Setting{
		{
			Key: "dev", Flag: "dev", Env: "TIDINGS_DEV", Default: "false",
			Allowed: "`true` or `false`", Doc: "Development mode: `http:` and loopback or private endpoints are accepted, and the built-in receiver is on.",
			field: func(c *Config) any { return &c.Dev },
		},
		{
			Key: "allow-networks", Flag: "allow-network", Env: "TIDINGS_ALLOW_NETWORKS",
			Allowed: "CIDR range; the flag can be repeated, the variable is a comma list", Doc: "Opens exactly these ranges to endpoints, but never the metadata addresses of clouds.",
			field: func(c *Config) any { return &c.AllowNetworks },
		},
		{
			Key: "ca-file", Flag: "ca-file", Env: "TIDINGS_CA_FILE",
			Allowed: "PEM file", Doc: "Certificate authorities that endpoints are trusted by, besides those of the system.",
			field: func(c *Config) any { return &c.CAFile },
		},
		{
			Key: "egress-proxy", Flag: "egress-proxy", Env: "TIDINGS_EGRESS_PROXY",
			Allowed: "`http://` or `https://` URL", Doc: "Forward proxy for deliveries. The usual proxy variables are ignored.",
			field: func(c *Config) any { return &c.EgressProxy }, check: checkProxy, show: showURL,
		},
		{
			Key: "retry-schedule", Flag: "retry-schedule", Env: "TIDINGS_RETRY_SCHEDULE", Default: "1s,30s,5m",
			Allowed: "1 to 3 durations, each at most `24h`", Doc: "The waits before retries 1, 2 and 3, each with ±20 % jitter.",
			field: func(c *Config) any { return &c.RetrySchedule }, check: checkSchedule,
		},
		{
			Key: "max-in-flight", Flag: "max-in-flight", Env: "TIDINGS_MAX_IN_FLIGHT", Default: "512",
			Allowed: "1 to 4096", Doc: "Attempts under way at once, over all webhooks. Those that take longer than 1 s are counted apart, up to four times as many.",
			field: func(c *Config) any { return &c.MaxInFlight }, check: checkInFlight,
		},
		{
			Key: "hold-for", Flag: "hold-for", Env: "TIDINGS_HOLD_FOR", Default: "72h",
			Allowed: "duration", Doc: "How long deliveries of a disabled webhook wait for it before they are cancelled.",
			field: func(c *Config) any { return &c.HoldFor },
		},
		{
			Key: "retention", Flag: "retention", Env: "TIDINGS_RETENTION", Default: "24h",
			Allowed: "duration", Doc: "How long deliveries and their events are kept after they ended.",
			field: func(c *Config) any { return &c.Retention },
		},
	}
}

func logging() []Setting {
	return []Setting{
		{
			Key: "log-level", Flag: "log-level", Env: "TIDINGS_LOG_LEVEL", Default: "info",
			Allowed: "`debug`, `info`, `warn` or `error`", Doc: "What is logged. `debug` has a line for each event and each attempt.",
			field: func(c *Config) any { return &c.LogLevel }, check: oneOf("debug", "info", "warn", "error"),
		},
		{
			Key: "log-format", Flag: "log-format", Env: "TIDINGS_LOG_FORMAT", Default: "auto",
			Allowed: "`auto`, `text` or `json`", Doc: "`auto` is text on a terminal and JSON elsewhere.",
			field: func(c *Config) any { return &c.LogFormat }, check: oneOf("auto", "text", "json"),
		},
	}
}
