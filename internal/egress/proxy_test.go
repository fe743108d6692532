package egress

import (
	"bufio"
	"context"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"
)

func mustURL(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// proxyAnswer starts a proxy on loopback that answers each CONNECT with text, sends
// what it was asked on asked, and then echoes.
func proxyAnswer(t *testing.T, text string) (address string, asked chan *http.Request) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = make(chan *http.Request, maxAddresses)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serveTunnel(conn, text, asked)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String(), asked
}

func serveTunnel(conn net.Conn, text string, asked chan *http.Request) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	request, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	asked <- request
	_, _ = io.WriteString(conn, text)
	_, _ = io.Copy(conn, r)
}

func TestProxyIsAskedForTheJudgedAddress(t *testing.T) {
	t.Parallel()
	address, asked := proxyAnswer(t, "HTTP/1.1 200 Connection established\r\n\r\n")
	g := New(Options{Resolver: answering("93.184.216.34"), Proxy: mustURL(t, "http://user:sesame@"+address)})
	conn, trace, err := g.Dial(t.Context(), mustCheck(t, g, "https://hooks.example.com:8443/"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request := <-asked
	if request.Method != http.MethodConnect || request.Host != "93.184.216.34:8443" || trace.Address != request.Host {
		t.Errorf("asked for %s %s, address %s", request.Method, request.Host, trace.Address)
	}
	if got := request.Header.Get("Proxy-Authorization"); got != "Basic dXNlcjpzZXNhbWU=" {
		t.Errorf("authorization %q", got)
	}
	echo := make([]byte, 4)
	if _, err := io.WriteString(conn, "ping"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, echo); err != nil || string(echo) != "ping" {
		t.Errorf("through the tunnel: %q, %v", echo, err)
	}
}

func TestProxyIsNotAskedForAForbiddenAddress(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254"} {
		g, calls := newRecorded(t, Options{Resolver: answering("93.184.216.34", answer), Proxy: mustURL(t, "http://proxy.example.com")})
		g.connectProxy = calls.dial
		_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
		assertBlocked(t, calls, err)
	}
}

func TestProxyThatDoesNotOpenATunnel(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\nearly bytes",
		"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\n\r\n",
		"no HTTP\r\n\r\n",
	} {
		address, _ := proxyAnswer(t, text)
		g := New(Options{Resolver: answering("93.184.216.34"), Proxy: mustURL(t, "http://"+address)})
		_, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
		if dialErr := dialError(t, err, KindConnect); dialErr.Detail != "The egress proxy did not open the connection." {
			t.Errorf("%q: %s", text, dialErr.Detail)
		}
	}
}

func TestProxyThatIsSilent(t *testing.T) {
	t.Parallel()
	address, asked := proxyAnswer(t, "")
	g := New(Options{Resolver: answering("93.184.216.34"), Proxy: mustURL(t, "http://"+address), ConnectTimeout: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, _, err := g.Dial(ctx, mustCheck(t, g, hook))
	assertKind(t, err, KindConnect)
}

func TestProxyOverTLS(t *testing.T) {
	t.Parallel()
	var asked string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.Method + " " + r.Host }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	cas := x509.NewCertPool()
	cas.AddCert(server.Certificate())
	for _, pool := range []*x509.CertPool{cas, x509.NewCertPool()} {
		g := New(Options{Resolver: answering("93.184.216.34"), Proxy: mustURL(t, server.URL), ProxyCAs: pool})
		conn, _, err := g.Dial(t.Context(), mustCheck(t, g, hook))
		if trusted := pool == cas; (err == nil) != trusted || trusted && asked != "CONNECT 93.184.216.34:443" {
			t.Errorf("trusted %t: asked %q, %v", trusted, asked, err)
		}
		if conn != nil {
			conn.Close()
		}
	}
}

func TestProxyAddress(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://proxy.example.com": "proxy.example.com:80", "https://proxy.example.com": "proxy.example.com:443",
		"http://[::1]:3128": "[::1]:3128",
	} {
		if got := proxyAddress(mustURL(t, raw)); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

// Not parallel: it sets variables of the process.
func TestProxyVariablesAreNotRead(t *testing.T) {
	address, asked := proxyAnswer(t, "HTTP/1.1 200 OK\r\n\r\n")
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, "http://"+address)
	}
	t.Setenv("NO_PROXY", "")
	endpoint, firstPeer := listen(t)
	port := netip.MustParseAddrPort(endpoint).Port()
	g := New(Options{Dev: true, Resolver: answering("127.0.0.1")})
	target := mustCheck(t, g, "https://hooks.example.com/")
	target.Port = port
	conn, trace, err := g.Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := firstPeer(); got != conn.LocalAddr().String() || trace.Address != endpoint {
		t.Errorf("the endpoint saw %s, address %s", got, trace.Address)
	}
	if len(asked) != 0 {
		t.Error("the proxy of the environment was used")
	}
}
