package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidingshq/tidings/signature"
)

type verifyCommand struct {
	Body      string        `arg:"" optional:"" default:"-" help:"Body as it arrived: @FILE, - for the standard input, or the text."`
	Key       string        `help:"Signing key, or @FILE." xor:"key" placeholder:"KEY"`
	Secret    string        `help:"The same key in the form whsec_…, or @FILE." xor:"key" placeholder:"whsec_…"`
	Headers   []string      `name:"header" short:"H" help:"Header of the request; repeatable. @FILE has one on each line." placeholder:"NAME:VALUE" sep:"none"`
	Tolerance time.Duration `default:"5m" help:"How old the request may be."`
	AnyTime   bool          `help:"Accept any timestamp, for a request that was kept."`
}

// Help is shown by kong.
func (*verifyCommand) Help() string {
	return "Works offline. If the signature does not match, it says what usually is behind that.\n\n" +
		examples("tidings verify @body.json --secret whsec_MTIz… -H @headers.txt",
			"tidings verify - --key 0123456789abcdef0123456789abcdef -H 'logto-signature-sha-256: 2f6a…' < body.json")
}

var errNotValid = errors.New("the request is not valid")

// Run is called by kong.
func (c *verifyCommand) Run(s *session) error {
	key, hints, err := c.key()
	if err != nil {
		return err
	}
	headers, err := readHeaders(c.Headers)
	if err != nil {
		return err
	}
	body, err := readArgument(c.Body, s.stdin)
	if err != nil {
		return err
	}
	d := diagnosis{key: key, headers: headers, body: body, tolerance: c.Tolerance, anyTime: c.AnyTime, now: time.Now(), Hints: hints}
	d.check()
	if !d.Valid && looksLikeAName(c.Body) {
		d.Hints = append(d.Hints, fmt.Sprintf("The body that was checked is the text %q. If that is the name of a file, write @%s.", plain(c.Body), plain(c.Body)))
	}
	if s.json {
		if err := printJSON(s.stdout, &d); err != nil {
			return err
		}
	} else {
		d.print(s)
	}
	if !d.Valid {
		return errNotValid
	}
	return nil
}

// looksLikeAName says whether a body is rather the name of a file.
func looksLikeAName(body string) bool {
	return body != "-" && len(body) < 256 && strings.ContainsAny(body, "./") && !strings.ContainsAny(body, "{}[]\"\n @")
}

// key is the bytes to check with.
func (c *verifyCommand) key() (key []byte, hints []string, err error) {
	given := c.Key
	if given == "" {
		given = c.Secret
	}
	if given == "" {
		return nil, nil, usageError{errors.New("give the signing key with --key, or with --secret in the form whsec_…")}
	}
	isFile := strings.HasPrefix(given, "@")
	text, err := readArgument(given, strings.NewReader(""))
	if err != nil {
		return nil, nil, err
	}
	if isFile {
		text = bytes.TrimRight(text, "\r\n")
	}
	if c.Key != "" {
		return text, nil, nil
	}
	key, err = signature.DecodeSecret(string(text))
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("--secret: %w (a signing key without whsec_ goes to --key)", err)}
	}
	return key, nil, nil
}

// readHeaders reads NAME:VALUE and files of it.
func readHeaders(given []string) (http.Header, error) {
	headers := http.Header{}
	for _, argument := range given {
		text, err := readArgument(argument, strings.NewReader(""))
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for lines.Scan() {
			line := strings.TrimSpace(lines.Text())
			if line == "" {
				continue
			}
			name, value, found := strings.Cut(line, ":")
			if !found && strings.HasPrefix(argument, "@") {
				continue // the request line of a kept request
			}
			if !found {
				return nil, usageError{fmt.Errorf("a header is given as NAME:VALUE, or as @FILE with one on each line")}
			}
			headers.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	return headers, nil
}

func (d *diagnosis) print(s *session) {
	word := "INVALID"
	if d.Valid {
		word = "valid"
	}
	fmt.Fprintln(s.stdout, word)
	for _, one := range []struct{ name, result string }{{signature.LogtoHeader, d.Logto}, {signature.SignatureHeader, d.Standard}} {
		if one.result != "" {
			fmt.Fprintf(s.stdout, "  %s: %s\n", one.name, one.result)
		}
	}
	for _, hint := range d.Hints {
		fmt.Fprintf(s.stdout, "\n%s\n", hint)
	}
}
