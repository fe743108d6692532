package console

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const index = `<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><script src="./theme.js"></script>` +
	`<link rel="stylesheet" href="./assets/main-1a2b.css"><script type="application/json" id="config">__TIDINGS_CONFIG__</script>`

func built() fs.FS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		".gitkeep": file(""), "index.html": file(index), "theme.js": file("theme"), "index.html.br": file("no page"), "index.html.gz": file("no page"),
		"assets/main-1a2b.js": file("script"), "assets/main-1a2b.js.br": file("brotli"), "assets/main-1a2b.js.gz": file("gzip"),
		"assets/main-1a2b.css": file("style"), "assets/main-1a2b.css.gz": file("gzipped style"), "assets/inter.woff2": file("font"),
	}
}

// next stands for the API.
var next = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })

type bench struct {
	t *testing.T
	http.Handler
}

func setup(t *testing.T, files fs.FS, base, version string) bench {
	t.Helper()
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Files: files, Base: at, Version: version, Next: next})
	if err != nil {
		t.Fatal(err)
	}
	return bench{t, c}
}

// ask sends a request; headers are pairs of name and value.
func (b bench) ask(method, target string, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func (b bench) same(got, want any) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Fatalf("-want +got\n%s", diff)
	}
}

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// The prefixes that everything is tried under, with how they are written in links.
var prefixes = map[string]string{"http://localhost:8080": "", "https://example.com/": "", "https://example.com/some/prefix": "/some/prefix", "https://example.com/a%20b/": "/a%20b"}

func TestEveryPathOfTheConsoleIsThePage(t *testing.T) {
	t.Parallel()
	for base, prefix := range prefixes {
		b := setup(t, built(), base, "1.2.3")
		for _, path := range []string{"/console/", "/console/overview", "/console/webhooks/abc/settings", "/console/index.html", "/console/a//b/../c", "/console/theme"} {
			w := b.ask("GET", prefix+path, "Accept", browser)
			b.same(w.Code, 200)
			b.same(w.Header().Get("Content-Type"), "text/html; charset=utf-8")
			b.same(w.Header().Get("Cache-Control"), "no-store")
			for _, reference := range []string{`src="` + prefix + `/console/theme.js"`, `href="` + prefix + `/console/assets/main-1a2b.css"`} {
				if !strings.Contains(w.Body.String(), reference) {
					t.Errorf("%s%s: no %s in %s", base, path, reference, w.Body)
				}
			}
			config := regexp.MustCompile(`id="config">(.*?)</script>`).FindStringSubmatch(w.Body.String())
			var got map[string]string
			if err := json.Unmarshal([]byte(config[1]), &got); err != nil {
				t.Fatal(err)
			}
			b.same(got, map[string]string{"base": prefix, "version": "1.2.3"})
			head := b.ask("HEAD", prefix+path, "Accept", browser)
			b.same(head.Code, 200)
			b.same(head.Body.Len(), 0)
			b.same(head.Header().Get("Content-Length"), fmt.Sprint(w.Body.Len()))
		}
	}
}

func TestRootLeadsToTheConsole(t *testing.T) {
	t.Parallel()
	for base, prefix := range prefixes {
		b := setup(t, built(), base, "1")
		for _, path := range []string{prefix + "/", prefix + "/console", prefix} {
			if path == "" {
				continue
			}
			w := b.ask("GET", path+"?a=b")
			b.same(w.Code, 302)
			b.same(w.Header().Get("Location"), prefix+"/console/?a=b")
			b.same(b.ask("HEAD", path).Code, 302)
			b.same(b.ask("POST", path).Code, 418)
		}
	}
}

func TestOthersAreNotTheConsoles(t *testing.T) {
	t.Parallel()
	b := setup(t, built(), "https://example.com/some/prefix", "1")
	for _, path := range []string{
		"/", "/console/", "/console/overview", "/some", "/some/prefixed/console/", "/some/prefixconsole/", "/some/prefix/consoles", "/some/prefix/api/me", "/some/prefix/healthz",
	} {
		b.same(b.ask("GET", path, "Accept", browser).Code, 418)
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		b.same(b.ask(method, "/some/prefix/console/overview", "Accept", browser).Code, 418)
		b.same(b.ask(method, "/some/prefix/console/theme.js").Code, 418)
	}
	// A target with a host in it asks for a forward proxy.
	for _, target := range []string{"http://127.0.0.1/some/prefix/", "https://example.com/some/prefix/console/", "ftp://a/some/prefix/"} {
		b.same(b.ask("GET", target, "Accept", browser).Code, 418)
	}
	// A script that is gone is no page, nor is what only a program would ask for.
	b.same(b.ask("GET", "/some/prefix/console/assets/gone.js", "Accept", browser).Code, 418)
	b.same(b.ask("GET", "/some/prefix/console/overview").Code, 418)
	b.same(b.ask("GET", "/some/prefix/console/overview", "Accept", "*/*").Code, 418)
	b.same(b.ask("GET", "/some/prefix/console/.gitkeep").Code, 418)
	b.same(b.ask("GET", "/some/prefix/console/assets/main-1a2b.js.br").Code, 418)
}

func TestPolicyIsStrictAndItsNonceFresh(t *testing.T) {
	t.Parallel()
	b := setup(t, built(), "https://example.com", "1")
	seen := map[string]bool{}
	for range 3 {
		w := b.ask("GET", "/console/", "Accept", browser)
		nonce := regexp.MustCompile(`name="csp-nonce" content="([A-Za-z0-9]{22,})"`).FindStringSubmatch(w.Body.String())
		if nonce == nil {
			t.Fatalf("no nonce in %s", w.Body)
		}
		b.same(w.Header().Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"+nonce[1]+"'; img-src 'self' data:; "+
			"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		if seen[nonce[1]] {
			t.Fatal("a nonce was used twice")
		}
		seen[nonce[1]] = true
	}
	for _, path := range []string{"/console/", "/console/theme.js", "/console/assets/main-1a2b.js", "/"} {
		h := b.ask("GET", path, "Accept", browser).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			b.same(h.Get(name), want)
		}
		if policy := h.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	b := setup(t, built(), "https://example.com/p", "1")
	const script, style = "/p/console/assets/main-1a2b.js", "/p/console/assets/main-1a2b.css"
	for _, c := range []struct{ path, accept, body, encoding string }{
		{script, "", "script", ""},
		{script, "gzip, deflate, br, zstd", "brotli", "br"},
		{script, "GZIP", "gzip", "gzip"},
		{script, "br;q=0, gzip;q=0.5", "gzip", "gzip"},
		{script, "*", "brotli", "br"},
		{script, "br;q=0, *;q=0.1", "gzip", "gzip"},
		{script, "identity", "script", ""},
		{script, "br;q=x", "script", ""},
		{style, "br, gzip", "gzipped style", "gzip"},
		{style, "br", "style", ""},
	} {
		w := b.ask("GET", c.path, "Accept-Encoding", c.accept)
		b.same(w.Code, 200)
		b.same(w.Body.String(), c.body)
		b.same(w.Header().Get("Content-Encoding"), c.encoding)
		b.same(w.Header().Get("Vary"), "Accept-Encoding")
		b.same(w.Header().Get("Cache-Control"), "public, max-age=31536000, immutable")
		again := b.ask("GET", c.path, "Accept-Encoding", c.accept, "If-None-Match", `"other", W/`+w.Header().Get("ETag"))
		b.same(again.Code, 304)
		b.same(again.Body.Len(), 0)
		head := b.ask("HEAD", c.path, "Accept-Encoding", c.accept)
		b.same(head.Header(), w.Header())
		b.same(head.Body.Len(), 0)
	}
	// Forms of one file have tags of their own.
	b.same(b.ask("GET", script, "Accept-Encoding", "gzip", "If-None-Match", b.ask("GET", script).Header().Get("ETag")).Code, 200)
	w := b.ask("GET", "/p/console/theme.js", "Accept-Encoding", "br")
	b.same(w.Header().Get("Cache-Control"), "no-cache")
	b.same(w.Header().Get("Vary"), "")
	b.same(w.Header().Get("Content-Type"), "text/javascript; charset=utf-8")
	b.same(b.ask("GET", "/p/console/assets/inter.woff2").Header().Get("Content-Type"), "font/woff2")
}

func TestWithoutTheConsoleThePageSaysHowToGetIt(t *testing.T) {
	t.Parallel()
	b := setup(t, fstest.MapFS{".gitkeep": {}}, "https://example.com/p", "1")
	for _, path := range []string{"/p/console/", "/p/console/webhooks"} {
		w := b.ask("GET", path, "Accept", browser)
		b.same(w.Code, 404)
		if !strings.Contains(w.Body.String(), "make web") || strings.Contains(w.Body.String(), nonceMark) {
			t.Errorf("the page is %s", w.Body)
		}
	}
	b.same(b.ask("GET", "/p/").Header().Get("Location"), "/p/console/")
	b.same(b.ask("GET", "/p/api/me").Code, 418)
}

func TestNothingEndsTheScriptThatHoldsTheSettings(t *testing.T) {
	t.Parallel()
	b := setup(t, built(), "https://example.com/</script><script>", `</script><b>"&`)
	w := b.ask("GET", "/%3C/script%3E%3Cscript%3E/console/", "Accept", browser)
	b.same(w.Code, 200)
	b.same(strings.Count(w.Body.String(), "</script>"), 2)
	b.same(strings.Count(w.Body.String(), "<script"), 2)
}

func TestOpenerPolicyIsForOriginsThatBrowsersTrust(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://hooks.example.com": "same-origin", "http://localhost:8080": "same-origin", "http://127.0.0.1:8080/x": "same-origin",
		"http://[::1]:8080": "same-origin", "http://192.0.2.2:8080": "", "http://hooks.example.com": "",
	} {
		at, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		b := setup(t, built(), base, "1.2.3")
		b.same(b.ask("GET", at.Path+"/console/", "Accept", browser).Header().Get("Cross-Origin-Opener-Policy"), want)
	}
}
