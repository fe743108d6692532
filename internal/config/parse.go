package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	sqlitePrefix = "sqlite:"
	maxRetries   = 3
	maxWait      = 24 * time.Hour
	maxInFlight  = 4096
)

// parse reads text into the field, by the field's type. Errors say what is
// allowed and follow the value in a sentence: `"x" is …`.
func parse(field any, text string) (err error) {
	switch field := field.(type) {
	case *string:
		*field = text
	case *Secret:
		*field = Secret(text)
	case *bool:
		*field, err = parseBool(text)
	case *int:
		*field, err = strconv.Atoi(text)
	case *time.Duration:
		*field, err = parseDuration(text)
	case *[]time.Duration:
		*field, err = parseList(text, parseDuration)
	case *[]netip.Prefix:
		*field, err = parseList(text, parsePrefix)
	case **url.URL:
		*field, err = parseURL(text)
	case *ProxyURL:
		field.url, err = parseURL(text)
	case *DiskLimit:
		*field, err = parseDisk(text)
	default:
		panic(fmt.Sprintf("config: no parser for %T", field))
	}
	return err
}

func parseBool(text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, errors.New("is neither true nor false")
	}
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New("is not a duration above zero, such as 30s, 5m or 72h")
	}
	return d, nil
}

func parseList[T any](text string, one func(string) (T, error)) ([]T, error) {
	var list []T
	for part := range strings.SplitSeq(text, ",") {
		item, err := one(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errors.New("is not a list of ranges such as 10.20.0.0/16 or fd00::/8")
	}
	if prefix != prefix.Masked() {
		return netip.Prefix{}, fmt.Errorf("has bits set behind the mask: write %s for the range or %s for the one address",
			prefix.Masked(), prefix.Addr())
	}
	return prefix, nil
}

func parseURL(text string) (*url.URL, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("is not a URL")
	}
	parsed.Path = strings.TrimSuffix(parsed.Path, "/")
	return parsed, nil
}

// diskUnits are in the order in which suffixes must be tried.
var diskUnits = []struct {
	suffix string
	bytes  float64
}{
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"TiB", 1 << 40},
	{"MB", 1e6},
	{"GB", 1e9},
	{"TB", 1e12},
}

func parseDisk(text string) (DiskLimit, error) {
	wrong := errors.New("is neither a share such as 80% nor a size such as 20GiB")
	if share, is := strings.CutSuffix(text, "%"); is {
		percent, err := strconv.ParseFloat(share, 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			return DiskLimit{}, wrong
		}
		return DiskLimit{Share: percent / 100}, nil
	}
	for _, unit := range diskUnits {
		number, is := strings.CutSuffix(text, unit.suffix)
		if !is {
			continue
		}
		size, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(size > 0 && size*unit.bytes < math.MaxInt64) {
			return DiskLimit{}, wrong
		}
		return DiskLimit{Bytes: int64(size * unit.bytes)}, nil
	}
	return DiskLimit{}, wrong
}

func checkAddress(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return errors.New("is not host:port, such as 127.0.0.1:8080 or :8080")
	}
	return nil
}

func checkOptionalAddress(text string) error {
	if text == "" {
		return nil
	}
	return checkAddress(text)
}

func checkDatabase(text string) error {
	if name, is := strings.CutPrefix(text, sqlitePrefix); is && name != "" || checkPostgres(text) == nil {
		return nil
	}
	return errors.New("must be sqlite:PATH, such as sqlite:./tidings-data/tidings.db, or postgres://user:password@host:5432/name")
}

func checkPostgres(text string) error {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" {
		return errors.New("must be postgres://user:password@host:5432/name")
	}
	return nil
}

func checkBaseURL(text string) error {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" ||
		parsed.User != nil || parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "" {
		return errors.New("is not an http:// or https:// URL without user, query and fragment")
	}
	prefix := strings.TrimSuffix(parsed.Path, "/")
	if parsed.RawPath != "" || prefix != "" && path.Clean(prefix) != prefix {
		return errors.New("has a path that is not plain: no dots, double slashes or escapes")
	}
	return nil
}

func checkProxy(text string) error {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" {
		return errors.New("must be an http:// or https:// URL, such as http://proxy.example.com:3128")
	}
	return nil
}

func checkSchedule(text string) error {
	waits, err := parseList(text, parseDuration)
	switch {
	case err != nil:
		return errors.New("is not a list of waits such as 1s,30s,5m")
	case len(waits) > maxRetries:
		return fmt.Errorf("has %d waits; there are at most %d retries", len(waits), maxRetries)
	case slices.Max(waits) > maxWait:
		return errors.New("has a wait above 24h")
	}
	return nil
}

func checkInFlight(text string) error {
	if n, err := strconv.Atoi(text); err != nil || n < 1 || n > maxInFlight {
		return fmt.Errorf("is not a number from 1 to %d", maxInFlight)
	}
	return nil
}

func checkEmail(text string) error {
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text {
		return errors.New("is not an e-mail address")
	}
	return nil
}

func oneOf(names ...string) func(string) error {
	return func(text string) error {
		if slices.Contains(names, text) {
			return nil
		}
		return errors.New("is none of " + strings.Join(names, ", "))
	}
}
