package deliver

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/webhook"
)

// route is what connections are kept by. The address is not part of it: it was
// judged when it was dialled, and MaxConnAge bounds how long that counts.
type route struct {
	scheme, host string
	port         uint16
}

// conn is a connection to an endpoint. One attempt uses it at a time.
type conn struct {
	socket   net.Conn
	tlsLayer *tls.Conn // nil without TLS
	route    route
	address  string
	born     time.Time
	reused   bool
	probe    probe

	watch     *watch // while an attempt uses it
	idleUntil time.Time
	// prev and next are its neighbours in the list that it is in: of those in use under a
	// context, or of those that are idle.
	prev, next *conn
}

// stream is what the HTTP exchange reads and writes.
func (c *conn) stream() net.Conn {
	if c.tlsLayer != nil {
		return c.tlsLayer
	}
	return c.socket
}

// close closes the socket itself: a farewell by TLS could wait for a peer that does
// not read.
func (c *conn) close() { _ = c.socket.Close() }

// connect returns a connection for one exchange, which has until the deadline.
func (s *Sender) connect(ctx context.Context, t egress.Target, deadline time.Time, a *webhook.Attempt) (*conn, *ending) {
	key := route{t.Scheme, t.Host, t.Port}
	c := s.pool.take(key)
	if c == nil {
		var end *ending
		if c, end = s.dial(ctx, t, deadline, a); end != nil {
			return nil, end
		}
		c.route = key
	} else {
		s.watches.begin(ctx, c)
	}
	_ = c.socket.SetDeadline(deadline)
	a.Address, a.Reused = c.address, c.reused
	if c.tlsLayer != nil {
		a.TLSVersion = tls.VersionName(c.tlsLayer.ConnectionState().Version)
	}
	return c, nil
}

func (s *Sender) dial(ctx context.Context, t egress.Target, deadline time.Time, a *webhook.Attempt) (*conn, *ending) {
	dialing, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	socket, trace, err := s.Dialer.Dial(dialing, t)
	a.Timing.DNS, a.Timing.Connect, a.Address = trace.DNS, trace.Connect, trace.Address
	if err != nil {
		end := byDialError(ctx, err)
		return nil, &end
	}
	c := &conn{socket: socket, address: trace.Address, born: time.Now()}
	s.watches.begin(ctx, c)
	if t.Scheme != "https" {
		return c, nil
	}
	if end := s.handshake(ctx, c, t.Host, deadline, a); end != nil {
		s.watches.end(c)
		c.close()
		return nil, end
	}
	return c, nil
}

// handshake verifies the endpoint by its host name on every new connection; there
// is no session to resume.
func (s *Sender) handshake(ctx context.Context, c *conn, host string, deadline time.Time, a *webhook.Attempt) *ending {
	start := time.Now()
	limit := start.Add(s.TLSTimeout)
	if deadline.Before(limit) {
		limit = deadline
	}
	_ = c.socket.SetDeadline(limit)
	config := s.tls.Clone()
	config.ServerName = host
	c.tlsLayer = tls.Client(c.socket, config)
	err := c.tlsLayer.HandshakeContext(context.WithoutCancel(ctx))
	a.Timing.TLS = time.Since(start)
	if err != nil {
		end := byBreak(ctx, webhook.PhaseTLS, c, err)
		return &end
	}
	return nil
}
