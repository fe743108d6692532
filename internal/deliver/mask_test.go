package deliver_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
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
	)
	headers := []webhook.Header{
		{Name: "Authorization", Value: "Bearer " + token},
		{Name: "X-Odd", Value: odd, Locked: true},
		{Name: "X-Team", Value: plain},
		{Name: "X-Locked", Value: "  " + locked + "\t", Locked: true},
	}
	secrets := []string{token, odd, plain, locked, signingKey, base64.StdEncoding.EncodeToString([]byte(signingKey))}
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
			fmt.Fprintf(w, "signed with %s, whsec_%s", signingKey, secrets[5])
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

// TestOrdinaryAnswersStayAsTheyAre is for the values that are no secret.
func TestOrdinaryAnswersStayAsTheyAre(t *testing.T) {
	t.Parallel()
	const answered = `{"content":"application/json","team":"blue","short":"k3y"}`
	request := newRequest(string(answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answered)
	})))
	request.Headers = []webhook.Header{
		{Name: "content-type", Value: "application/json"},
		{Name: "Accept", Value: "application/json"},
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
