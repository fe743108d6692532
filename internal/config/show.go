package config

import (
	"net/url"
	"slices"
	"strings"
)

const hidden = "xxxxx"

// harmless are the parameters of a database URL whose values may be seen, besides those
// of the pool.
var harmless = []string{
	"application_name", "channel_binding", "client_encoding", "connect_timeout", "database", "dbname", "default_query_exec_mode",
	"description_cache_capacity", "gssencmode", "host", "hostaddr", "idle_in_transaction_session_timeout", "keepalives", "krbspn", "krbsrvname", "lock_timeout",
	"max_protocol_version", "min_protocol_version", "passfile", "port", "require_auth", "search_path", "service", "servicefile", "ssl", "sslcert",
	"sslcertmode", "sslkey", "sslmode", "sslnegotiation", "sslrootcert", "sslsni", "ssl_max_protocol_version", "ssl_min_protocol_version",
	"statement_cache_capacity", "statement_timeout", "target_session_attrs", "timezone", "user",
}

func showNothing(text string) string {
	if text == "" {
		return ""
	}
	return redacted
}

// showURL hides what may be a secret in a URL: the password, and parameters unless they
// are known to be harmless.
func showURL(text string) string {
	if strings.HasPrefix(text, sqlitePrefix) {
		return text // a path, whatever is in it
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return redacted
	}
	if parsed.Host != "" && (parsed.Fragment != "" || strings.Contains(parsed.Path, "@")) {
		return redacted // the rest of a password with characters that are not escaped
	}
	if parsed.User != nil {
		if _, has := parsed.User.Password(); has {
			parsed.User = url.UserPassword(parsed.User.Username(), hidden)
		}
	}
	if parsed.RawQuery != "" {
		parameters := strings.Split(parsed.RawQuery, "&")
		for i, parameter := range parameters {
			parameters[i] = showParameter(parameter)
		}
		parsed.RawQuery = strings.Join(parameters, "&")
	}
	return parsed.String()
}

func showParameter(text string) string {
	name, _, is := strings.Cut(text, "=")
	switch {
	case !is:
		return hidden // it may be the rest of a value with a & that is not escaped
	case slices.Contains(harmless, strings.ToLower(name)), strings.HasPrefix(name, "pool_"):
		return text
	default:
		return name + "=" + hidden
	}
}
