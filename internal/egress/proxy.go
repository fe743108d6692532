package egress

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// errProxy says that the egress proxy, not the endpoint, is why there is no connection.
var errProxy = errors.New("egress proxy")

// maxProxyAnswer bounds what is read of the proxy's answer to CONNECT.
const maxProxyAnswer = 16 << 10

// tunnel asks the proxy for a connection to an address that has been judged: it is
// given the address, never the name, and so has nothing to resolve.
func (g *Guard) tunnel(ctx context.Context, address string) (net.Conn, error) {
	conn, err := g.connectProxy(ctx, "tcp", proxyAddress(g.proxy))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	opened, err := g.openTunnel(ctx, conn, address)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	return opened, nil
}

func (g *Guard) openTunnel(ctx context.Context, conn net.Conn, address string) (net.Conn, error) {
	interrupt := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer interrupt()
	if g.proxy.Scheme == "https" {
		secured := tls.Client(conn, &tls.Config{ServerName: g.proxy.Hostname(), RootCAs: g.proxyCAs})
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("handshake: %w", err)
		}
		conn = secured
	}
	if err := connectThrough(conn, g.proxy.User, address); err != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	if !interrupt() {
		return nil, context.Cause(ctx)
	}
	return conn, nil
}

func connectThrough(conn net.Conn, user *url.Userinfo, address string) error {
	if _, err := io.WriteString(conn, connectRequest(user, address)); err != nil {
		return fmt.Errorf("ask for the tunnel: %w", err)
	}
	r := bufio.NewReader(io.LimitReader(conn, maxProxyAnswer))
	answer, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect}) //nolint:bodyclose // the caller closes the connection
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("answered with status %d", answer.StatusCode)
	}
	if r.Buffered() > 0 {
		return errors.New("sent bytes before the tunnel was used")
	}
	return nil
}

func connectRequest(user *url.Userinfo, address string) string {
	request := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if user != nil {
		password, _ := user.Password()
		pair := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		request += "Proxy-Authorization: Basic " + pair + "\r\n"
	}
	return request + "\r\n"
}

func proxyAddress(proxy *url.URL) string {
	port := proxy.Port()
	if port == "" {
		port = strconv.Itoa(int(defaultPort(proxy.Scheme)))
	}
	return net.JoinHostPort(proxy.Hostname(), port)
}
