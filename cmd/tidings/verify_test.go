package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/signature"
)

const (
	verifyKey  = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY" // is base64 too
	verifyBody = `{"event":"User.Created","name":"Zoë <&>","url":"https://a/b","hookId":"x"}`
)

// signed is a request that was sent at the time.
func signed(t *testing.T, key, body string, at time.Time) http.Header {
	t.Helper()
	logto, err := signature.SignLogto(key, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	standard, err := signature.Sign([]byte(key), "msg_1", at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set(signature.LogtoHeader, logto)
	h.Set(signature.IDHeader, "msg_1")
	h.Set(signature.TimestampHeader, strconv.FormatInt(at.Unix(), 10))
	h.Set(signature.SignatureHeader, standard)
	return h
}

func diagnose(key, body string, headers http.Header, now time.Time) *diagnosis {
	d := &diagnosis{key: []byte(key), headers: headers, body: []byte(body), tolerance: 5 * time.Minute, now: now}
	d.check()
	return d
}

func TestVerifyNamesTheMistake(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	decoded, err := base64.StdEncoding.DecodeString(verifyKey)
	if err != nil {
		t.Fatal(err)
	}
	escaped := strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "ë", `\u00eb`).Replace(verifyBody)
	tests := []struct{ name, key, body, want string }{
		{"Valid", verifyKey, verifyBody, ""},
		{"Newline", verifyKey, verifyBody + "\n", "a newline at its end that was not sent"},
		{"WindowsNewline", verifyKey, verifyBody + "\r\n", "a newline at its end that was not sent"},
		{"ByteOrderMark", verifyKey, "\uFEFF" + verifyBody, "byte order mark"},
		{"Pretty", verifyKey, strings.ReplaceAll(verifyBody, `":"`, `": "`), "white space that was not sent"},
		{"Escaped", verifyKey, escaped, `characters stand as \u…`},
		{"Slashes", verifyKey, strings.ReplaceAll(verifyBody, "/", `\/`), `slashes stand as \/`},
		{"PrettyAndEscaped", verifyKey, strings.ReplaceAll(escaped, ",", ", "), `characters stand as \u…`},
		{"SlashesAndEscaped", verifyKey, strings.ReplaceAll(escaped, "/", `\/`), "characters are escaped"},
		{"OtherOrder", verifyKey, `{"hookId":"x","event":"User.Created"}`, "no longer in the order"},
		{"Other", verifyKey, `{"event":"User.Deleted","hookId":"x"}`, "No usual mistake"},
		{"NoJSON", verifyKey, `event=User.Created`, "No usual mistake"},
		{"KeyDecoded", string(decoded), verifyBody, "decoded from base64 once too often"},
		{"KeyWithNewline", verifyKey + "\n", verifyBody, "white space around it"},
		{"KeyIsSecret", signature.EncodeSecret([]byte(verifyKey)), verifyBody, "give it with --secret"},
		{"KeyInBase64", base64.StdEncoding.EncodeToString([]byte(verifyKey)), verifyBody, "in base64 here"},
		{"KeyInHex", hex.EncodeToString([]byte(verifyKey)), verifyBody, "in hexadecimal here"},
		{"OtherKey", "another", verifyBody, "No usual mistake"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := signed(t, verifyKey, verifyBody, now)
			onlyLogto, onlyStandard := http.Header{}, all.Clone()
			onlyLogto.Set(signature.LogtoHeader, all.Get(signature.LogtoHeader))
			onlyStandard.Del(signature.LogtoHeader)
			for _, headers := range []http.Header{all, onlyLogto, onlyStandard} {
				d := diagnose(test.key, test.body, headers, now)
				hints := strings.Join(d.Hints, "\n")
				if d.Valid != (test.want == "") || !strings.Contains(strings.ToLower(hints), strings.ToLower(test.want)) || d.Valid && hints != "" {
					t.Errorf("%v: %+v", headers, d)
				}
			}
		})
	}
}

// Test payloads have hookId second: that is no sign of a body that was written again.
func TestVerifyOfTestPayloads(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const body = `{"event":"User.Created","hookId":"x","createdAt":"2026-11-23T12:00:00.000Z","data":{}}`
	headers := signed(t, verifyKey, body, now)
	for _, value := range []string{"", "true"} {
		headers.Set("Tidings-Test", value)
		hints := strings.Join(diagnose("another", body, headers, now).Hints, "\n")
		if strings.Contains(hints, "order") || !strings.Contains(hints, "the key is another webhook's") || strings.Contains(hints, "test payload") != (value != "") {
			t.Errorf("with %q: %s", value, hints)
		}
	}
	if d := diagnose(verifyKey, body, headers, now); !d.Valid {
		t.Errorf("%+v", d)
	}
}

func TestVerifyHeaders(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		change func(h http.Header)
		want   string
	}{
		{"None", func(h http.Header) { clear(h) }, "There is no signature among the headers"},
		{"LogtoHoldsTheOther", func(h http.Header) { h.Set(signature.LogtoHeader, h.Get(signature.SignatureHeader)) }, signature.LogtoHeader + " holds the value"},
		{"TheOtherHoldsLogto", func(h http.Header) { h.Set(signature.SignatureHeader, h.Get(signature.LogtoHeader)) }, signature.SignatureHeader + " holds the value"},
		{"CapitalLetters", func(h http.Header) { h.Set(signature.LogtoHeader, strings.ToUpper(h.Get(signature.LogtoHeader))) }, "lower-case"},
		{"NoPrefix", func(h http.Header) {
			h.Set(signature.SignatureHeader, strings.TrimPrefix(h.Get(signature.SignatureHeader), "v1,"))
		}, "begins with v1,"},
		{"NoID", func(h http.Header) { h.Del(signature.IDHeader) }, "all three are signed"},
		{"OtherID", func(h http.Header) { h.Set(signature.IDHeader, "msg_2") }, "Body and key are right"},
		{"OtherTimestamp", func(h http.Header) { h.Set(signature.TimestampHeader, fmt.Sprint(now.Unix()+1)) }, signature.TimestampHeader + " or " + signature.SignatureHeader + " is not the one"},
		{"Old", func(h http.Header) {
			for name, values := range signed(t, verifyKey, verifyBody, now.Add(-time.Hour)) {
				h[name] = values
			}
		}, "the request is of 2026-11-23T11:00:00Z"},
		{"Early", func(h http.Header) {
			for name, values := range signed(t, verifyKey, verifyBody, now.Add(time.Hour)) {
				h[name] = values
			}
		}, "the request is of 2026-11-23T13:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			headers := signed(t, verifyKey, verifyBody, now)
			test.change(headers)
			d := diagnose(verifyKey, verifyBody, headers, now)
			if d.Valid || !strings.Contains(strings.Join(d.Hints, "\n"), test.want) {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestVerifyComparesTheLength(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	headers := signed(t, verifyKey, verifyBody, now)
	headers.Set("Content-Length", fmt.Sprint(len(verifyBody)))
	for _, test := range []struct{ name, body, want, not string }{
		{"Cut", verifyBody[:len(verifyBody)-7], "it is cut off", "No usual mistake"},
		{"Longer", verifyBody + "{}", "longer than what was sent", "No usual mistake"},
		{"SameLength", "x" + verifyBody[1:], "No usual mistake", "content-length"},
		{"Newline", verifyBody + "\n", "a newline at its end", "content-length"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			hints := strings.Join(diagnose(verifyKey, test.body, headers, now).Hints, "\n")
			if !strings.Contains(hints, test.want) || strings.Contains(hints, test.not) {
				t.Errorf("got %s", hints)
			}
		})
	}
}

func TestVerifyReadsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return "@" + file
	}
	var lines strings.Builder
	lines.WriteString("POST /in HTTP/1.1\r\n")
	for name, values := range signed(t, verifyKey, verifyBody, time.Now()) {
		lines.WriteString(name + ": " + values[0] + "\r\n")
	}
	headers, body := write("headers.txt", lines.String()+"\r\n"), write("body.json", verifyBody)
	key, secret := write("key.txt", verifyKey+"\n"), write("secret.txt", signature.EncodeSecret([]byte(verifyKey))+"\n")
	for _, args := range [][]string{
		{"verify", body, "--key", key, "-H", headers}, {"verify", body, "--secret", secret, "-H", headers}, {"verify", "--key", verifyKey, "-H", headers, "--json"},
	} {
		got := runWith(t, nil, verifyBody, args...)
		if got.code != exitOK || !strings.Contains(got.stdout, "valid") || strings.Contains(got.stdout, "INVALID") {
			t.Errorf("%v: %+v", args, got)
		}
	}
	bad := runWith(t, nil, "x", "verify", "--key", verifyKey, "-H", headers, "--json")
	var answer struct {
		Valid bool
		Logto string
		Hints []string
	}
	if err := json.Unmarshal([]byte(bad.stdout), &answer); err != nil || bad.code != exitFailed || answer.Valid || len(answer.Hints) != 1 {
		t.Errorf("%+v, %v", bad, err)
	}
	for _, args := range [][]string{
		{"verify"}, {"verify", "--key", "k", "--secret", "whsec_aw=="}, {"verify", "--secret", "nope!"}, {"verify", "--key", "k", "-H", "no colon"}, {"verify", "@/does/not/exist", "--key", "k"},
	} {
		if got := runWith(t, nil, "", args...); got.code != exitUsage {
			t.Errorf("%v: %+v", args, got)
		}
	}
}
