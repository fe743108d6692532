package deliver_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tidingshq/tidings/internal/webhook"
)

// answering starts an endpoint of its own.
func answering(t *testing.T, answer http.HandlerFunc) webhook.EndpointURL {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return webhook.EndpointURL(s.URL)
}

// TestSecretsThatAnEndpointRepeatsAreMasked lets endpoints send back what they were
// sent, in headers and bodies, in the ways in which programs do that.
func TestSecretsThatAnEndpointRepeatsAreMasked(t *testing.T) {
	t.Parallel()
	const (
		token  = "tok-canary-4711"
		odd    = `q"uote<d>&\canary`
		plain  = "team-canary"
		locked = "locked-canary"
		agent  = "agent canary/1.0"
		origin = "https://canary.example.com"
	)
	headers := []webhook.Header{
		{Name: "Authorization", Value: "Bearer " + token},
		{Name: "X-Odd", Value: odd, Locked: true},
		{Name: "X-Team", Value: plain},
		{Name: "X-Locked", Value: "  " + locked + "\t", Locked: true},
		{Name: "User-Agent", Value: agent},
		{Name: "Origin", Value: origin},
		{Name: "Accept", Value: "locked/canary", Locked: true},
	}
	encodedKey := base64.StdEncoding.EncodeToString([]byte(signingKey))
	secrets := []string{token, odd, plain, locked, agent, origin, "locked/canary", signingKey, encodedKey}
	for name, answer := range map[string]http.HandlerFunc{
		"HeadersAsTheyCame": func(w http.ResponseWriter, q *http.Request) {
			for name, values := range q.Header {
				w.Header()["Echo-"+name] = values
			}
			w.Header().Set("X-"+token, "as a name")
			_ = q.Header.Write(w)
		},
		"JSON": func(w http.ResponseWriter, q *http.Request) { _ = json.NewEncoder(w).Encode(q.Header) },
		"JSONWithoutEscapes": func(w http.ResponseWriter, q *http.Request) {
			e := json.NewEncoder(w)
			e.SetEscapeHTML(false)
			_ = e.Encode(q.Header)
		},
		"OnlyTheCredentials": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "unknown token %s", token) },
		"Failure": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "expected "+locked, http.StatusInternalServerError)
		},
		"SigningKey": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "signed with %s, whsec_%s", signingKey, encodedKey)
		},
		"Redirect": func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, "/?t="+token, http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := newRequest(string(answering(t, answer)))
			request.SigningKey, request.Headers = signingKey, headers
			a := newSender(t, nil).Send(t.Context(), request)
			recorded := string(a.Response.Body)
			for _, h := range a.Response.Headers {
				recorded += "\n" + h.Name + ": " + h.Value
			}
			if a.Status == 0 || !strings.Contains(recorded, "******") {
				t.Errorf("%s, recorded: %s", a.Detail, recorded)
			}
			for _, secret := range secrets {
				quoted, err := json.Marshal(secret)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(recorded, secret) || strings.Contains(recorded, string(quoted)) {
					t.Errorf("%s is in what was recorded: %s", secret, recorded)
				}
			}
		})
	}
}

// TestSecretCutByTheRecord ends the record of a body within a secret.
func TestSecretCutByTheRecord(t *testing.T) {
	t.Parallel()
	const secret, kept = "locked-canary-4711", 16 << 10
	for _, inside := range []int{4, 5, 10, len(secret) - 1, len(secret)} {
		padding := strings.Repeat(".", kept-inside)
		request := newRequest(string(answering(t, func(w http.ResponseWriter, q *http.Request) {
			fmt.Fprint(w, padding+q.Header.Get("X-Locked")+" and more")
		})))
		request.Headers = []webhook.Header{{Name: "X-Locked", Value: secret, Locked: true}}
		a := newSender(t, nil).Send(t.Context(), request)
		end := string(a.Response.Body[len(padding):])
		if strings.Trim(end, "*") != "" || end == "" || len(end) > 6 || !a.Response.Truncated || len(a.Response.Body) > kept {
			t.Errorf("%d bytes of the secret: the record ends with %q", inside, end)
		}
	}
}

// spellings are the ways in which JSON writes a character in a string.
func spellings(c byte) []string {
	all := []string{fmt.Sprintf(`\u%04x`, c), fmt.Sprintf(`\u%04X`, c)}
	switch c {
	case '"', '\\':
		return append(all, `\`+string(c))
	case '/', '\'':
		return append(all, string(c), `\`+string(c))
	case '\t':
		return append(all, `\t`)
	default:
		return append(all, string(c))
	}
}

// TestSecretsInAnySpellingAreMasked echoes a secret as the libraries of many languages
// write JSON, and in mixtures that none of them writes.
func TestSecretsInAnySpellingAreMasked(t *testing.T) {
	t.Parallel()
	const secret = "canary/S+R=<a>&'q\"\\\tn"
	random := rand.New(rand.NewPCG(1, 2))
	spelled := []string{
		`canary\/S+R=<a>&'q\"\\\tn`,                                    // PHP
		`canary/S\u002BR=\u003Ca\u003E\u0026\u0027q\u0022\\\tn`,        // .NET
		`canary/S+R\u003d\u003ca\u003e\u0026\u0027q\"\\\tn`,            // Gson
		`canary/S+R=\u003ca\u003e\u0026'q\"\\\tn`,                      // Go
		`canary\\/S+R=\\u003Ca>&'q\\\"\\\\\\tn`,                        // JSON in a string
		`\\u0063anary\\\/S\u002bR=<a>&\\u0027q\\u0022\\\u005c\\u0009n`, // the same, oddly
	}
	for range 200 {
		var mixed strings.Builder
		for i := range len(secret) {
			ways := spellings(secret[i])
			mixed.WriteString(ways[random.IntN(len(ways))])
		}
		spelled = append(spelled, mixed.String())
	}
	for _, text := range spelled {
		const before, after = `{"a\/b":"\\u00e9\u00e9\n`, `\u002B","c":"\/"} \`
		request := newRequest(string(answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Echo", text)
			fmt.Fprint(w, before+text+after)
		})))
		request.Headers = []webhook.Header{{Name: "X-Locked", Value: secret, Locked: true}}
		a := newSender(t, nil).Send(t.Context(), request)
		if got, want := string(a.Response.Body), before+"******"+after; got != want {
			t.Errorf("sent %s\nrecorded %s\nwant %s", text, got, want)
		}
		for _, h := range a.Response.Headers {
			if strings.EqualFold(h.Name, "X-Echo") && h.Value != "******" {
				t.Errorf("sent %s, recorded the header %s", text, h.Value)
			}
		}
	}
}

// TestSpelledSecretCutByTheRecord ends the record of a body at each place of a secret
// that is spelled with escapes.
func TestSpelledSecretCutByTheRecord(t *testing.T) {
	t.Parallel()
	const secret, spelled, kept = "locked/canary", `\u006Cocked\/c\u0061nary`, 16 << 10
	for inside := len(`\u006Cock`); inside <= len(spelled); inside++ {
		padding := strings.Repeat(".", kept-inside)
		request := newRequest(string(answering(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, padding+spelled+" and more") })))
		request.Headers = []webhook.Header{{Name: "X-Locked", Value: secret, Locked: true}}
		a := newSender(t, nil).Send(t.Context(), request)
		if end := string(a.Response.Body[len(padding):]); end != "******" || !a.Response.Truncated {
			t.Errorf("%d bytes of the secret: the record ends with %q", inside, end)
		}
	}
}

// TestOrdinaryAnswersStayAsTheyAre is for the values that are no secret.
func TestOrdinaryAnswersStayAsTheyAre(t *testing.T) {
	t.Parallel()
	const answered = `{"content":"application/json","team":"blue","short":"k3y"}`
	request := newRequest(string(answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprint(w, answered)
	})))
	request.Headers = []webhook.Header{
		{Name: "content-type", Value: "application/json"},
		{Name: "Accept", Value: "application/json"},
		{Name: "Cache-Control", Value: "no-store"},
		{Name: "X-Team", Value: "blue"},
		{Name: "X-Key", Value: "k3y"},
		{Name: "X-None", Value: ""},
	}
	a := newSender(t, nil).Send(t.Context(), request)
	if got := string(a.Response.Body); got != answered {
		t.Errorf("recorded: %s", got)
	}
	for _, h := range a.Response.Headers {
		if strings.Contains(h.Value, "*") {
			t.Errorf("recorded: %s: %s", h.Name, h.Value)
		}
	}
}
