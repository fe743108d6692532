package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

// diagnosis is the check of one request, and what is probably wrong with it.
type diagnosis struct {
	key       []byte
	headers   http.Header
	body      []byte
	tolerance time.Duration
	anyTime   bool
	now       time.Time

	Valid bool `json:"valid"`
	// Logto and Standard say what came of the signature; empty if it is not there.
	Logto    string   `json:"logto,omitempty"`
	Standard string   `json:"standardWebhooks,omitempty"`
	Hints    []string `json:"hints,omitempty"`
}

func (d *diagnosis) check() {
	if d.headers.Get(signature.LogtoHeader) == "" && d.headers.Get(signature.SignatureHeader) == "" {
		d.hint("There is no signature among the headers: %s, or %s with %s and %s. Give them with -H.",
			signature.LogtoHeader, signature.SignatureHeader, signature.IDHeader, signature.TimestampHeader)
		return
	}
	logto, standard := d.checkLogto(d.key, d.body), d.checkStandard(d.key, d.body)
	d.Logto, d.Standard = verdict(logto), verdict(standard)
	mismatch := errors.Is(logto, signature.ErrMismatch) || errors.Is(standard, signature.ErrMismatch)
	if late := d.checkTime(); standard == nil && late != nil {
		standard, d.Standard = late, late.Error()
		d.hint("The signature is right, but the request is of %s: receivers refuse what is further than %s from their clock. Use --any-time for a request that was kept.",
			d.sentAt().UTC().Format(time.RFC3339), d.tolerance)
	}
	d.Valid = fine(logto) && fine(standard) && (logto == nil || standard == nil)
	if mismatch {
		d.explain(logto == nil)
	}
	if errors.Is(standard, errIncomplete) {
		d.hint("%s needs %s and %s beside it: all three are signed.", signature.SignatureHeader, signature.IDHeader, signature.TimestampHeader)
	}
}

var (
	errAbsent     = errors.New("not there")
	errIncomplete = errors.New("incomplete")
)

func fine(err error) bool { return err == nil || errors.Is(err, errAbsent) }

func verdict(err error) string {
	switch {
	case err == nil:
		return "valid"
	case errors.Is(err, errAbsent):
		return ""
	default:
		return err.Error()
	}
}

func (d *diagnosis) hint(format string, args ...any) {
	d.Hints = append(d.Hints, fmt.Sprintf(format, args...))
}

func (d *diagnosis) checkLogto(key, body []byte) error {
	value := d.headers.Get(signature.LogtoHeader)
	if value == "" {
		return errAbsent
	}
	return signature.VerifyLogto(string(key), body, value)
}

// checkStandard leaves the time out.
func (d *diagnosis) checkStandard(key, body []byte) error {
	switch {
	case d.headers.Get(signature.SignatureHeader) == "":
		return errAbsent
	case d.headers.Get(signature.IDHeader) == "" || d.headers.Get(signature.TimestampHeader) == "":
		return errIncomplete
	}
	return signature.Verifier{Keys: [][]byte{key}, Now: d.sentAt}.Verify(d.headers, body)
}

func (d *diagnosis) sentAt() time.Time {
	seconds, err := strconv.ParseInt(d.headers.Get(signature.TimestampHeader), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

func (d *diagnosis) checkTime() error {
	switch age := d.now.Sub(d.sentAt()); {
	case d.anyTime:
		return nil
	case age > d.tolerance:
		return signature.ErrTooOld
	case age < -d.tolerance:
		return signature.ErrTooNew
	}
	return nil
}

// matches says whether the signatures that are there belong to this key and body.
func (d *diagnosis) matches(key, body []byte) bool {
	logto, standard := d.checkLogto(key, body), d.checkStandard(key, body)
	return logto == nil && (standard == nil || !errors.Is(standard, signature.ErrMismatch)) || standard == nil && errors.Is(logto, errAbsent)
}

// variant is another reading of a key or a body, and the mistake that leads to it.
type variant struct {
	bytes   []byte
	mistake string
}

// explain looks for the mistake that makes the signatures differ. If one of them fits,
// it is neither the body nor the key.
func (d *diagnosis) explain(logtoFits bool) {
	if d.explainHeaders() {
		return
	}
	if logtoFits {
		d.hint("Body and key are right, for %s fits them: %s, %s or %s is not the one of this request. Take all of them from the same request.",
			signature.LogtoHeader, signature.IDHeader, signature.TimestampHeader, signature.SignatureHeader)
		return
	}
	keys, bodies := d.keys(), d.bodies()
	for _, key := range keys {
		for _, body := range bodies {
			if !d.matches(key.bytes, body.bytes) {
				continue
			}
			for _, found := range []variant{key, body} {
				if found.mistake != "" {
					d.hint("%s", found.mistake)
				}
			}
			return
		}
	}
	wrongLength := d.explainLength()
	isTest := d.headers.Get(webhook.HeaderTest) != ""
	if !isTest && reordered(d.body) {
		d.hint("The body was written again from decoded JSON: its members are no longer in the order in which they were sent (hookId is last). Verify the bytes as they arrived.")
		return
	}
	if wrongLength {
		return
	}
	if isTest {
		d.hint("No usual mistake of a body explains it. This is a test payload: most often the key is another webhook's or was replaced since, or the body was decoded and written again before it was checked.")
		return
	}
	d.hint("No usual mistake explains it. Most often the body was decoded and written again before it was checked, or the key is another webhook's or was replaced since.")
}

// explainLength compares the body with the length that was sent.
func (d *diagnosis) explainLength() bool {
	sent, err := strconv.Atoi(d.headers.Get("Content-Length"))
	if err != nil || sent == len(d.body) {
		return false
	}
	what := "longer than what was sent: it has been changed, or more was added"
	if len(d.body) < sent {
		what = "shorter than what was sent: it is cut off, or was changed"
	}
	d.hint("content-length says %s, the body has %d. It is %s.", plural(sent, "byte"), len(d.body), what)
	return true
}

var hexDigest = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// explainHeaders finds values in the wrong header, or changed on the way.
func (d *diagnosis) explainHeaders() bool {
	logto, standard := d.headers.Get(signature.LogtoHeader), d.headers.Get(signature.SignatureHeader)
	switch {
	case strings.HasPrefix(logto, "v1,"):
		d.hint("%s holds the value of %s.", signature.LogtoHeader, signature.SignatureHeader)
	case hexDigest.MatchString(standard):
		d.hint("%s holds the value of %s.", signature.SignatureHeader, signature.LogtoHeader)
	case logto != strings.ToLower(logto) && signature.VerifyLogto(string(d.key), d.body, strings.ToLower(logto)) == nil:
		d.hint("%s is lower-case hexadecimal; here it is in capital letters.", signature.LogtoHeader)
	case standard != "" && !strings.HasPrefix(standard, "v1,"):
		d.hint("%s begins with v1,: the prefix is part of the value.", signature.SignatureHeader)
	default:
		return false
	}
	return true
}

// keys are other readings of the key, the given one first.
func (d *diagnosis) keys() []variant {
	found := []variant{{d.key, ""}}
	text := string(d.key)
	add := func(key []byte, err error, mistake string) {
		if err == nil && len(key) > 0 && !bytes.Equal(key, d.key) {
			found = append(found, variant{key, mistake})
		}
	}
	add([]byte(strings.TrimSpace(text)), nil, "The key has white space around it, perhaps a newline of its file.")
	decoded, err := signature.DecodeSecret(strings.TrimSpace(text))
	if strings.HasPrefix(text, "whsec_") {
		add(decoded, err, "This is the secret of Standard Webhooks: the key is what comes out of base64 behind whsec_. Give it with --secret.")
		add([]byte(strings.TrimPrefix(text, "whsec_")), nil, "The key is the text without whsec_.")
	} else {
		add(decoded, err, "The key is in base64 here: decode it first, or give it with --secret.")
	}
	unhexed, err := hex.DecodeString(text)
	add(unhexed, err, "The key is in hexadecimal here: decode it first.")
	add([]byte(base64.StdEncoding.EncodeToString(d.key)), nil, "The key was decoded from base64 once too often: the signing key is taken as text, as it is shown.")
	add([]byte(hex.EncodeToString(d.key)), nil, "The key was decoded from hexadecimal: the signing key is taken as text, as it is shown.")
	return found
}

const asItArrived = " Verify the bytes as they arrived."

// bodies are other readings of the body, the given one first.
func (d *diagnosis) bodies() []variant {
	found := []variant{{d.body, ""}}
	add := func(body []byte, mistake string) {
		if !bytes.Equal(body, d.body) {
			found = append(found, variant{body, mistake})
		}
	}
	add(bytes.TrimRight(d.body, "\r\n"), "The body has a newline at its end that was not sent: an editor or echo adds one."+asItArrived)
	add(append(bytes.Clone(d.body), '\n'), "The newline at the end of the body is missing."+asItArrived)
	add(bytes.ReplaceAll(d.body, []byte("\r\n"), []byte("\n")), "The line ends of the body were changed to CR LF."+asItArrived)
	add(bytes.TrimPrefix(d.body, []byte("\xEF\xBB\xBF")), "The body begins with a byte order mark that was not sent."+asItArrived)
	const rewritten = "The body was written again from decoded JSON: "
	var compact bytes.Buffer
	if err := json.Compact(&compact, bytes.TrimPrefix(d.body, []byte("\xEF\xBB\xBF"))); err != nil {
		return found
	}
	add(compact.Bytes(), rewritten+"it has white space that was not sent."+asItArrived)
	for _, base := range [][]byte{d.body, compact.Bytes()} {
		add(unescaped(base), rewritten+`characters stand as \u… that were sent as they are.`+asItArrived)
		add(bytes.ReplaceAll(base, []byte(`\/`), []byte(`/`)), rewritten+`slashes stand as \/ that were sent as they are.`+asItArrived)
		add(bytes.ReplaceAll(unescaped(base), []byte(`\/`), []byte(`/`)), rewritten+"characters are escaped that were sent as they are."+asItArrived)
	}
	return found
}

var escape = regexp.MustCompile(`(?:\\\\)+|(?:\\u[0-9a-fA-F]{4})+`)

// unescaped writes characters that need no escape as they are.
func unescaped(body []byte) []byte {
	return escape.ReplaceAllFunc(body, func(found []byte) []byte {
		var text string
		if json.Unmarshal(append(append([]byte{'"'}, found...), '"'), &text) != nil || found[1] == '\\' ||
			strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError }) {
			return found
		}
		return []byte(text)
	})
}

// reordered says whether a body is JSON that Tidings cannot have sent: it puts hookId
// last, and second, behind event, in test payloads.
func reordered(body []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	last, seen := "", false
	for position := 0; decoder.More(); position++ {
		name, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			return false
		}
		if last == "event" && position == 1 && name == "hookId" {
			return false
		}
		last, _ = name.(string)
		seen = seen || last == "hookId"
	}
	return seen && last != "hookId"
}
