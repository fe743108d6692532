package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/tidingshq/tidings/signature"
)

// snippet is the one piece of code in a language on a page of the documentation.
func snippet(t *testing.T, page, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../docs", page))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("%s has %d pieces of %s", page, len(found), language)
	}
	return string(found[0][1])
}

// signed is a request that a snippet judges; Good and Logto say what it should find.
type signed struct {
	Name    string            `json:"name"`
	Key     string            `json:"key"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"` // base64
	Now     int64             `json:"now"`
	Good    bool              `json:"good"`
	Logto   bool              `json:"logto"`
}

// requests are signed by the package that the server signs with.
func requests(t *testing.T) []signed {
	t.Helper()
	const key, id = "0123456789ABCDEFGHIJKLMNOPQRSTUV", "0bq6hqkwc8v2m5d7xk3pa"
	at := time.Unix(1795448030, 0)
	body := []byte(`{"event":"User.Created","name":"Zoë <&>","n":1.0}` + "\n")
	make := func(name string, good, logto bool, change func(*signed)) signed {
		v1, err := signature.Sign([]byte(key), id, at, body)
		if err != nil {
			t.Fatal(err)
		}
		hex, err := signature.SignLogto(key, body)
		if err != nil {
			t.Fatal(err)
		}
		s := signed{Name: name, Key: key, Now: at.Unix(), Good: good, Logto: logto, Body: base64.StdEncoding.EncodeToString(body), Headers: map[string]string{
			"webhook-id": id, "webhook-timestamp": strconv.FormatInt(at.Unix(), 10), "webhook-signature": v1, "logto-signature-sha-256": hex,
		}}
		change(&s)
		return s
	}
	header := func(name, value string) func(*signed) { return func(s *signed) { s.Headers[name] = value } }
	return []signed{
		make("as it was sent", true, true, func(*signed) {}),
		make("several signatures", true, true, func(s *signed) {
			s.Headers["webhook-signature"] = "v1,AAAA v1a,x " + s.Headers["webhook-signature"]
		}),
		make("five minutes late", true, true, func(s *signed) { s.Now += 300 }),
		make("too late", false, true, func(s *signed) { s.Now += 301 }),
		make("too early", false, true, func(s *signed) { s.Now -= 301 }),
		make("another key", false, false, func(s *signed) { s.Key = "x" + s.Key[1:] }),
		make("another body", false, false, func(s *signed) { s.Body = base64.StdEncoding.EncodeToString(bytes.TrimSpace(body)) }),
		make("another identifier", false, true, header("webhook-id", "other")),
		make("another time", false, true, header("webhook-timestamp", strconv.FormatInt(at.Unix()+1, 10))),
		make("a time that is none", false, true, header("webhook-timestamp", "soon")),
		make("a time in other digits", false, true, header("webhook-timestamp", "١٧٩٥٤٤٨٠٣٠")),
		make("an empty signature", false, false, func(s *signed) {
			s.Headers["webhook-signature"], s.Headers["logto-signature-sha-256"] = "", ""
		}),
		make("a signature that is no ASCII", false, false, func(s *signed) {
			s.Headers["webhook-signature"], s.Headers["logto-signature-sha-256"] = "v1,é", "é"
		}),
		make("no headers", false, false, func(s *signed) { s.Headers = map[string]string{} }),
	}
}

// The drivers read the requests and print the two verdicts on each.
const (
	goDriver = `package main

import (
	"encoding/json"
	"net/http"
	"os"
	"time"

	"example.com/verify"
)

func main() {
	var all []struct {
		Key     string
		Headers map[string]string
		Body    []byte
		Now     int64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		panic(err)
	}
	verdicts := [][2]bool{}
	for _, r := range all {
		header := http.Header{}
		for name, value := range r.Headers {
			header.Set(name, value)
		}
		verdicts = append(verdicts, [2]bool{
			verify.Verify(r.Key, header, r.Body, time.Unix(r.Now, 0)), verify.VerifyLogto(r.Key, header, r.Body),
		})
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		panic(err)
	}
}
`
	nodeDriver = `const { verify, verifyLogto } = require("./verify.js");
const all = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(all.map((r) => {
  const body = Buffer.from(r.body, "base64");
  return [verify(r.key, r.headers, body, r.now * 1000), verifyLogto(r.key, r.headers, body)];
})));
`
	pythonDriver = `import base64, json, sys
from verify import verify, verify_logto
print(json.dumps([
    [verify(r["key"], r["headers"], base64.b64decode(r["body"]), r["now"]), verify_logto(r["key"], r["headers"], base64.b64decode(r["body"]))]
    for r in json.load(sys.stdin)
]))
`
)

func TestVerifyingInGo(t *testing.T) {
	t.Parallel()
	judge(t, map[string]string{
		"go.mod": "module example.com/verify\n\ngo 1.21\n", "verify.go": snippet(t, "verifying.md", "go"), "driver/main.go": goDriver,
	}, "go", "run", "./driver")
}

func TestVerifyingInNode(t *testing.T) {
	t.Parallel()
	judge(t, map[string]string{"verify.js": snippet(t, "verifying.md", "js"), "driver.js": nodeDriver}, "node", "driver.js")
}

func TestVerifyingInPython(t *testing.T) {
	t.Parallel()
	judge(t, map[string]string{"verify.py": snippet(t, "verifying.md", "python"), "driver.py": pythonDriver}, "python3", "driver.py")
}

// judge runs a driver in a folder with the files and compares its verdicts.
func judge(t *testing.T, files map[string]string, program string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not installed: the snippets of docs/verifying.md are run with it", program)
	}
	folder := t.TempDir()
	for name, text := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := requests(t)
	input, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir, command.Stdin = folder, bytes.NewReader(input)
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off")
	var failure bytes.Buffer
	command.Stderr = &failure
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &failure)
	}
	var verdicts [][2]bool
	if err := json.Unmarshal(output, &verdicts); err != nil || len(verdicts) != len(all) {
		t.Fatalf("%v: %s", err, output)
	}
	for i, r := range all {
		if want := [2]bool{r.Good, r.Logto}; verdicts[i] != want {
			t.Errorf("%s: %v, want %v", r.Name, verdicts[i], want)
		}
	}
}
