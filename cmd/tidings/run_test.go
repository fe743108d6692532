package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// result is what a run of the command line left.
type result struct {
	code           int
	stdout, stderr string
}

func TestKeyThatCannotBeSent(t *testing.T) {
	t.Parallel()
	const key = "secret-key"
	for _, broken := range []string{key + "\n", key + "\r\n", "\n" + key, "a\x00" + key} {
		got := runWith(t, []string{"TIDINGS_API_KEY=" + broken, "TIDINGS_URL=http://127.0.0.1:1"}, "", "deliveries", "list")
		if got.code != exitUsage || !strings.Contains(got.stderr, "TIDINGS_API_KEY") || strings.Contains(got.stderr, key) {
			t.Errorf("%q: %+v", broken, got)
		}
	}
}

func runWith(t *testing.T, env []string, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s := &session{env: variables(env), stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, open: openApplication, console: true}
	code := s.run(t.Context(), args)
	return result{code, stdout.String(), stderr.String()}
}

var commands = [][]string{
	{"serve"},
	{"demo"},
	{"emit"},
	{"config", "print"},
	{"version"},
	{"tail"},
	{"redeliver"},
	{"cancel"},
	{"deliveries", "list"},
	{"deliveries", "show"},
	{"webhooks", "show"},
	{"webhooks", "check-url"},
	{"event-types", "update"},
	{"event-types", "validate"},
	{"tenants", "list"},
	{"tenants", "create"},
	{"tenants", "delete"},
	{"webhooks", "update"},
	{"verify"},
	{"migrate"},
	{"doctor"},
	{"healthcheck"},
	{"completion"},
	{"webhooks", "list"},
	{"webhooks", "create"},
	{"webhooks", "test"},
	{"webhooks", "enable"},
	{"webhooks", "disable"},
	{"webhooks", "rotate"},
	{"webhooks", "delete"},
	{"event-types", "list"},
	{"event-types", "create"},
	{"event-types", "delete"},
	{"keys", "create"},
	{"keys", "list"},
	{"keys", "revoke"},
	{"setup-link"},
	{"users", "list"},
	{"users", "reset-password"},
}

func TestHelpHasTwoExamples(t *testing.T) {
	t.Parallel()
	for _, command := range commands {
		got := runWith(t, nil, "", append(command, "--help")...)
		_, examples, _ := strings.Cut(got.stdout, "Examples:")
		lines := regexp.MustCompile(`(?m)^ +([A-Z_]+=\S+ )?tidings `+strings.Join(command, " ")).FindAllString(examples, -1)
		if got.code != exitOK || got.stderr != "" || len(lines) != 2 {
			t.Errorf("%v: code %d, %d examples\n%s%s", command, got.code, len(lines), got.stdout, got.stderr)
		}
	}
}

func TestAloneItPrintsTheHelp(t *testing.T) {
	t.Parallel()
	alone, asked := runWith(t, nil, ""), runWith(t, nil, "", "--help")
	if alone != asked || alone.code != exitOK || !strings.Contains(alone.stdout, "Usage: tidings <command>") {
		t.Errorf("got %+v", alone)
	}
}

func TestVerifyNeedsOneKeyOnly(t *testing.T) {
	t.Parallel()
	got := runWith(t, nil, "", "verify", "--help")
	if usage, _, _ := strings.Cut(got.stdout, "\n"); strings.Contains(usage, "--secret") || strings.Contains(usage, "--key") {
		t.Errorf("got %s", usage)
	}
}

func TestExitCodeOfUsage(t *testing.T) {
	t.Parallel()
	key := []string{"TIDINGS_API_KEY=k"}
	tests := []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"NoSubcommand", nil, []string{"webhooks"}, "expected one of"},
		{"NoSuchState", key, []string{"deliveries", "list", "--state", "faild"}, `--state: "faild" is none of pending, retrying, held, succeeded, failed, cancelled; did you mean failed?`},
		{"NoSuchResult", key, []string{"deliveries", "list", "--result", "2x"}, `--result: "2x" is none of 2xx, 3xx, 4xx, 5xx, timeout, network, blocked; did you mean 2xx?`},
		{"VerifyWithoutKey", nil, []string{"verify", "{}"}, "--key, or with --secret"},
		{"UnknownCommand", nil, []string{"deliver"}, "unexpected argument deliver"},
		{"UnknownFlag", nil, []string{"serve", "--nope"}, "unknown flag --nope"},
		{"Configuration", nil, []string{"serve", "--listen", "80"}, `--listen: "80" is not host:port`},
		{"TwoMistakes", []string{"TIDINGS_DEV=x"}, []string{"config", "print", "--retention", "y"}, "tidings: --retention:"},
		{"NoType", key, []string{"emit"}, "expected \"<type>\""},
		{"NoKey", nil, []string{"emit", "User.Created"}, "TIDINGS_API_KEY is not set"},
		{"BadURL", append(key, "TIDINGS_URL=localhost:8080"), []string{"emit", "User.Created"}, "TIDINGS_URL is not"},
		{"UnknownType", key, []string{"emit", "User.Creatd"}, "did you mean User.Created?"},
		{"NoJSON", key, []string{"emit", "User.Created", "--data", "[1]"}, "not a JSON object"},
		{"OtherType", key, []string{"emit", "User.Created", "--data", `{"event":"User.Deleted"}`}, "the payload says"},
		{"NoFile", key, []string{"emit", "User.Created", "--data", "@/does/not/exist"}, "read the payload"},
		{"DemoListen", nil, []string{"demo", "--listen", "x"}, "is not host:port"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, test.env, "", test.args...)
			if got.code != exitUsage || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
				t.Errorf("got %+v, want %q", got, test.want)
			}
		})
	}
}

func TestEverySettingHasItsFlag(t *testing.T) {
	t.Parallel()
	help := runWith(t, nil, "", "serve", "--help").stdout
	for _, s := range config.Settings() {
		if s.Flag != "" && !strings.Contains(help, "--"+s.Flag) {
			t.Errorf("no flag --%s", s.Flag)
		}
	}
}

func TestConfigPrint(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("k", 32)
	env := []string{"TIDINGS_BOOTSTRAP_API_KEY=" + secret, "TIDINGS_LISTEN=:1"}
	args := []string{"config", "print", "--dev", "--ops-listen=", "--allow-network", "10.0.0.0/8", "--allow-network", "fd00::/8"}
	text := runWith(t, env, "", args...)
	entries := make(map[string]config.Entry)
	var list []config.Entry
	asJSON := runWith(t, env, "", append(args, "--json")...)
	if err := json.Unmarshal([]byte(asJSON.stdout), &list); err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		entries[entry.Key] = entry
		if !strings.Contains(text.stdout, entry.Key+" ") {
			t.Errorf("%s is missing in the text", entry.Key)
		}
	}
	for key, want := range map[string]config.Entry{
		"listen":            {Value: ":1", Source: "TIDINGS_LISTEN"},
		"ops-listen":        {Value: "", Source: "--ops-listen"},
		"dev":               {Value: "true", Source: "--dev"},
		"allow-networks":    {Value: "10.0.0.0/8,fd00::/8", Source: "--allow-network"},
		"bootstrap-api-key": {Value: "[redacted]", Source: "TIDINGS_BOOTSTRAP_API_KEY"},
		"retention":         {Value: "24h", Source: "default"},
	} {
		want.Key = key
		if entries[key] != want {
			t.Errorf("got %+v, want %+v", entries[key], want)
		}
	}
	if strings.Contains(text.stdout+asJSON.stdout, secret) {
		t.Error("the key is shown")
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if got := runWith(t, nil, "", "version"); !strings.HasPrefix(got.stdout, "tidings dev (go") {
		t.Errorf("got %+v", got)
	}
	var answer map[string]string
	if err := json.Unmarshal([]byte(runWith(t, nil, "", "version", "--json").stdout), &answer); err != nil || answer["version"] != "dev" {
		t.Errorf("got %v, %v", answer, err)
	}
}

func TestDoctorKeepsAFindingInItsRow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	if got := oneLine("refused: no database\n\tmake it first\n"); got != "refused: no database; make it first" {
		t.Errorf("got %q", got)
	}
	got := runWith(t, []string{"TIDINGS_DATABASE=sqlite:" + path}, "", "doctor")
	for line := range strings.Lines(got.stdout) {
		if !regexp.MustCompile(`^(ok|warning|FAILED) `).MatchString(line) {
			t.Errorf("a line of no check: %q", line)
		}
	}
}
