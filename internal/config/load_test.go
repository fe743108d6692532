package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sources builds an Input from maps; files stands for the file system.
type sources struct {
	flags map[string][]string
	env   map[string]string
	files map[string]string
}

func (s sources) load() (*Loaded, error) {
	return Load(Input{
		Flags: s.flags,
		Env: func(name string) (string, bool) {
			text, found := s.env[name]
			return text, found
		},
		ReadFile: func(name string) ([]byte, error) {
			text, found := s.files[name]
			if !found {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return []byte(text), nil
		},
	})
}

func mustLoad(t *testing.T, s sources) *Loaded {
	t.Helper()
	loaded, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func (l *Loaded) sourceOf(key string) string { return l.values[key].source }

func TestZeroConfiguration(t *testing.T) {
	t.Parallel()
	loaded := mustLoad(t, sources{})
	want := Config{
		Listen: "127.0.0.1:8080", OpsListen: "127.0.0.1:8081", Database: "sqlite:./tidings-data/tidings.db",
		LogLevel: "info", LogFormat: "auto",
		HoldFor: 72 * time.Hour, MaxDisk: DiskLimit{Share: 0.8}, MaxInFlight: 512, Retention: 24 * time.Hour,
		RetrySchedule: []time.Duration{time.Second, 30 * time.Second, 5 * time.Minute},
	}
	if diff := cmp.Diff(want, loaded.Config, cmp.AllowUnexported(ProxyURL{})); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	if got := loaded.SQLitePath(); got != "./tidings-data/tidings.db" {
		t.Errorf("path %q", got)
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	file := map[string]string{"t.yaml": "# a comment\nlisten: file:1\n"}
	flag := map[string][]string{"listen": {"flag:1"}}
	config := map[string]string{"TIDINGS_CONFIG": "t.yaml"}
	both := map[string]string{"TIDINGS_CONFIG": "t.yaml", "TIDINGS_LISTEN": "env:1"}
	tests := []struct {
		name, want, source string
		from               sources
	}{
		{"FlagFirst", "flag:1", "--listen", sources{flags: flag, env: both, files: file}},
		{"ThenEnvironment", "env:1", "TIDINGS_LISTEN", sources{env: both, files: file}},
		{"ThenFile", "file:1", "t.yaml:2 listen", sources{env: config, files: file}},
		{"ThenDefault", "127.0.0.1:8080", "default", sources{}},
		{"EmptyVariableIsNotSet", "127.0.0.1:8080", "default", sources{env: map[string]string{"TIDINGS_LISTEN": ""}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			loaded := mustLoad(t, test.from)
			if loaded.Listen != test.want || loaded.sourceOf("listen") != test.source {
				t.Errorf("got %s from %s, want %s from %s", loaded.Listen, loaded.sourceOf("listen"), test.want, test.source)
			}
		})
	}
}

func TestEmptyTurnsOpsListenerOff(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]sources{
		"Flag":        {flags: map[string][]string{"ops-listen": {""}}},
		"Environment": {env: map[string]string{"TIDINGS_OPS_LISTEN": ""}},
		"File":        {env: map[string]string{"TIDINGS_CONFIG": "c"}, files: map[string]string{"c": "ops-listen:\n"}},
	} {
		if loaded := mustLoad(t, from); loaded.OpsListen != "" {
			t.Errorf("%s: %q", name, loaded.OpsListen)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::1/128")}
	for name, from := range map[string]sources{
		"RepeatedFlag": {flags: map[string][]string{"allow-network": {"10.0.0.0/8", "fd00::1"}}},
		"CommaList":    {env: map[string]string{"TIDINGS_ALLOW_NETWORKS": "10.0.0.0/8, fd00::1"}},
		"FileList":     {env: map[string]string{"TIDINGS_CONFIG": "c"}, files: map[string]string{"c": "allow-networks: [10.0.0.0/8, 'fd00::1']\n"}},
	} {
		loaded := mustLoad(t, from)
		if diff := cmp.Diff(want, loaded.AllowNetworks, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	env := func(name, text string) sources { return sources{env: map[string]string{name: text}} }
	file := func(text string) sources {
		return sources{env: map[string]string{"TIDINGS_CONFIG": "/etc/t.yaml"}, files: map[string]string{"/etc/t.yaml": text}}
	}
	tests := []struct {
		name string
		from sources
		want string
	}{
		{"UnknownKey", file("listen: ':80'\nlisten-on: ':81'\n"), `t.yaml:2: "listen-on" is not a setting`},
		{"KeyTwice", file("dev: true\ndev: false\n"), `t.yaml:2: "dev" is set twice`},
		{"Nested", file("listen: {host: a}\n"), "must be a value or a list"},
		{"NotAMapping", file("- listen\n"), "must be a list of `setting: value` lines"},
		{"NotYAML", file("listen: [\n"), "not readable as YAML"},
		{"NoFile", env("TIDINGS_CONFIG", "/nope"), "TIDINGS_CONFIG: read /nope: file does not exist"},
		{"WrongInFile", file("\nmax-in-flight: many\n"), `t.yaml:2 max-in-flight: "many" is not a number from 1 to 4096`},
		{"Listen", env("TIDINGS_LISTEN", "8080"), `TIDINGS_LISTEN: "8080" is not host:port`},
		{"ListenPort", env("TIDINGS_LISTEN", ":99999"), "is not host:port"},
		{"ListenEmptyFlag", sources{flags: map[string][]string{"listen": {""}}}, "--listen: must not be empty"},
		{"BaseURLScheme", env("TIDINGS_BASE_URL", "webhooks.example.com"), "is not an http:// or https:// URL"},
		{"BaseURLQuery", env("TIDINGS_BASE_URL", "https://a.example/?x=1"), "without user, query and fragment"},
		{"BaseURLPath", env("TIDINGS_BASE_URL", "https://a.example/x/../y"), "has a path that is not plain"},
		{"Database", env("TIDINGS_DATABASE", "mysql://u:verysecret@h/d"), "must be sqlite:PATH"},
		{"Dev", env("TIDINGS_DEV", "yes"), `"yes" is neither true nor false`},
		{"Network", env("TIDINGS_ALLOW_NETWORKS", "10.0.0.0/8,office"), "is not a list of ranges"},
		{"NetworkWithHostBits", env("TIDINGS_ALLOW_NETWORKS", "10.1.2.3/8"), "write 10.0.0.0/8 for the range or 10.1.2.3 for the one address"},
		{"Proxies", env("TIDINGS_TRUSTED_PROXIES", "proxy"), "TIDINGS_TRUSTED_PROXIES"},
		{"Proxy", env("TIDINGS_EGRESS_PROXY", "socks5://p"), "must be an http:// or https:// URL"},
		{"ScheduleLength", env("TIDINGS_RETRY_SCHEDULE", "1s,2s,3s,4s"), "has 4 waits; there are at most 3 retries"},
		{"ScheduleWait", env("TIDINGS_RETRY_SCHEDULE", "1s,25h"), "has a wait above 24h"},
		{"ScheduleText", env("TIDINGS_RETRY_SCHEDULE", "1s,soon"), "is not a list of waits"},
		{"ScheduleZero", env("TIDINGS_RETRY_SCHEDULE", "0s"), "is not a list of waits"},
		{"HoldFor", env("TIDINGS_HOLD_FOR", "72"), "is not a duration above zero"},
		{"Retention", env("TIDINGS_RETENTION", "-1h"), "is not a duration above zero"},
		{"MaxDisk", env("TIDINGS_MAX_DISK", "120%"), "is neither a share such as 80% nor a size"},
		{"MaxInFlight", env("TIDINGS_MAX_IN_FLIGHT", "0"), "is not a number from 1 to 4096"},
		{"LogLevel", env("TIDINGS_LOG_LEVEL", "loud"), "is none of debug, info, warn, error"},
		{"LogFormat", env("TIDINGS_LOG_FORMAT", "xml"), "is none of auto, text, json"},
		{"BootstrapKeyShort", env("TIDINGS_BOOTSTRAP_API_KEY", strings.Repeat("k", 31)), "must have at least 32 characters"},
		{"BootstrapKeySpaces", env("TIDINGS_BOOTSTRAP_API_KEY", strings.Repeat("k ", 31)), "printable ASCII without spaces"},
		{"BootstrapKeyNoFile", env("TIDINGS_BOOTSTRAP_API_KEY_FILE", "/nope"), "TIDINGS_BOOTSTRAP_API_KEY_FILE: read /nope"},
		{"AdminEmail", env("TIDINGS_ADMIN_EMAIL", "root"), "is not an e-mail address"},
		{"AdminEmailAlone", env("TIDINGS_ADMIN_EMAIL", "a@example.com"), "needs TIDINGS_ADMIN_PASSWORD_FILE too"},
		{"AdminPasswordAlone", env("TIDINGS_ADMIN_PASSWORD_FILE", "/p"), "needs TIDINGS_ADMIN_EMAIL too"},
		{"TLSCertAlone", env("TIDINGS_TLS_CERT", "/c"), "needs --tls-key too"},
		{"TLSKeyAlone", env("TIDINGS_TLS_KEY", "/k"), "needs --tls-cert too"},
		{"CAFile", sources{env: map[string]string{"TIDINGS_CA_FILE": "/ca"}, files: map[string]string{"/ca": "no"}}, "/ca holds no PEM certificate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := test.from.load()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), "verysecret") || strings.Contains(err.Error(), "kkkk") {
				t.Errorf("error shows a secret: %v", err)
			}
		})
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	t.Parallel()
	_, err := sources{env: map[string]string{"TIDINGS_DEV": "x", "TIDINGS_LISTEN": "x"}}.load()
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Fatalf("got %v, want two lines", err)
	}
	if first, is := errors.AsType[*Error](err); !is || first.Setting != "listen" || first.Source != "TIDINGS_LISTEN" {
		t.Errorf("first error %+v", first)
	}
}

func TestBootstrapKeyFile(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("k", 40)
	from := sources{
		env:   map[string]string{"TIDINGS_BOOTSTRAP_API_KEY_FILE": "/run/key"},
		files: map[string]string{"/run/key": key + "\n"},
	}
	loaded := mustLoad(t, from)
	if loaded.BootstrapAPIKey.Reveal() != key {
		t.Error("the key is not that of the file")
	}
	from.env["TIDINGS_BOOTSTRAP_API_KEY"] = key
	if _, err := from.load(); err == nil || !strings.Contains(err.Error(), "not both") {
		t.Errorf("got %v", err)
	}
}

func TestAdminPassword(t *testing.T) {
	t.Parallel()
	from := sources{
		env:   map[string]string{"TIDINGS_ADMIN_EMAIL": "a@example.com", "TIDINGS_ADMIN_PASSWORD_FILE": "/p"},
		files: map[string]string{"/p": "correct horse battery\n"},
	}
	if loaded := mustLoad(t, from); loaded.AdminPassword.Reveal() != "correct horse battery" {
		t.Error("the password is not that of the file")
	}
	from.files["/p"] = "short\n"
	if _, err := from.load(); err == nil || strings.Contains(err.Error(), "short\n") {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	secret := "s3cr3t-" + strings.Repeat("k", 32)
	loaded := mustLoad(t, sources{
		env: map[string]string{
			"TIDINGS_BOOTSTRAP_API_KEY": secret, "TIDINGS_EGRESS_PROXY": "http://user:" + secret + "@proxy.example:3128",
			"TIDINGS_ADMIN_EMAIL": "a@example.com", "TIDINGS_ADMIN_PASSWORD_FILE": "/p",
		},
		files: map[string]string{"/p": secret},
	})
	encoded, err := json.Marshal(loaded.Entries())
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%s %v %+v %#v", encoded, loaded, loaded, *loaded)
	if strings.Contains(all, secret) {
		t.Errorf("a secret is shown: %s", all)
	}
	if password, _ := loaded.EgressProxy.Reveal().User.Password(); password != secret {
		t.Error("the proxy lost its password")
	}
	if !strings.Contains(string(encoded), "user:xxxxx@proxy.example") {
		t.Errorf("the proxy is not shown: %s", encoded)
	}
}

func TestURLsAreShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		"postgres://u:canary@db.example/t":                                                "postgres://u:xxxxx@db.example/t",
		"postgres://db.example/t?user=u&password=canary&sslmode=require&pool_max_conns=9": "postgres://db.example/t?user=u&password=xxxxx&sslmode=require&pool_max_conns=9",
		"postgres://db.example/t?sslkey=/k&sslpassword=canary&passfile=/p":                "postgres://db.example/t?sslkey=/k&sslpassword=xxxxx&passfile=/p",
		"postgres://db.example/t?password=canary;x&PASSWORD=canary%zz":                    "postgres://db.example/t?password=xxxxx&PASSWORD=xxxxx",
		"postgres://db.example/t?ssl%70assword=canary&options=-c%20a.key=canary":          "postgres://db.example/t?ssl%70assword=xxxxx&options=xxxxx",
		"postgres://db.example/t?password=canary&canary&Search_Path=a":                    "postgres://db.example/t?password=xxxxx&xxxxx&Search_Path=a",
		"sqlite:./a?b%c.db":                   "sqlite:./a?b%c.db",
		"postgres://u:12#canary@db.example/t": redacted,
		"postgres://u:12/canary@db.example/t": redacted,
		"postgres://u:12?canary@db.example/t": "postgres://u:12?xxxxx",
	} {
		loaded := mustLoad(t, sources{env: map[string]string{"TIDINGS_DATABASE": set}})
		for _, e := range loaded.Entries() {
			if e.Key == "database" && e.Value != want {
				t.Errorf("%s of %s: %s, want %s", e.Key, set, e.Value, want)
			}
		}
		if got := loaded.DatabaseName(); got != want {
			t.Errorf("the name of %s: %s, want %s", set, got, want)
		}
	}
	const proxy = "http://user:canary@proxy.example:3128/?token=canary"
	loaded := mustLoad(t, sources{env: map[string]string{"TIDINGS_EGRESS_PROXY": proxy}})
	if got, want := loaded.EgressProxy.String(), "http://user:xxxxx@proxy.example:3128?token=xxxxx"; got != want {
		t.Errorf("the proxy: %s, want %s", got, want)
	}
}

func TestBaseURLFor(t *testing.T) {
	t.Parallel()
	tests := []struct{ set, cert, addr, want string }{
		{"", "", "127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"", "", "0.0.0.0:80", "http://localhost:80"},
		{"", "", "[::]:81", "http://localhost:81"},
		{"", "c.pem", "[::1]:443", "https://[::1]:443"},
		{"https://a.example/hooks/", "", ":1", "https://a.example/hooks"},
	}
	for _, test := range tests {
		config := Config{TLSCert: test.cert}
		if test.set != "" {
			if err := parse(&config.BaseURL, test.set); err != nil {
				t.Fatal(err)
			}
		}
		if got := config.BaseURLFor(test.addr).String(); got != test.want {
			t.Errorf("%s at %s: got %s, want %s", test.set, test.addr, got, test.want)
		}
	}
}

func TestDiskLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]DiskLimit{
		"80%": {Share: 0.8}, "20GiB": {Bytes: 20 << 30}, "1.5 GB": {Bytes: 1500000000}, "512MiB": {Bytes: 512 << 20},
	} {
		got, err := parseDisk(text)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "80", "0%", "NaN%", "-1GiB", "GiB", "1e30TiB"} {
		if got, err := parseDisk(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
