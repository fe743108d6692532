package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/tidingshq/tidings/internal/front"
	"github.com/tidingshq/tidings/internal/httpapi"
)

const (
	readHeaderTimeout = 10 * time.Second
	// readTimeout bounds a whole request: 16 MiB at 2.2 Mbit/s.
	readTimeout  = 60 * time.Second
	writeTimeout = 90 * time.Second
	idleTimeout  = 2 * time.Minute
	maxHeader    = 64 << 10
	// closeWithin is how long requests may take to end when the server stops.
	closeWithin = 5 * time.Second
)

// listen opens both listeners, so that a port that is taken is known at once, and
// serves on them.
func (a *App) listen(ctx context.Context) (err error) {
	certificate, err := a.certificate()
	if err != nil {
		return err
	}
	if a.main, err = listenOn(ctx, "--listen", a.config.Listen); err != nil {
		return err
	}
	handler, err := a.handler(a.Addr())
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: a.serverLog(),
	}
	httpapi.ServeConnections(server)
	if certificate != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
		a.serve("listener", server, a.main, closeWithin)
	} else {
		a.serveBehindFront(server, handler)
	}
	if a.config.OpsListen != "" {
		if a.ops, err = listenOn(ctx, "--ops-listen", a.config.OpsListen); err != nil {
			return err
		}
		a.serve("ops listener", &http.Server{
			Handler: a.metrics.OpsHandler(), ReadHeaderTimeout: readHeaderTimeout, ErrorLog: a.serverLog(),
		}, a.ops, 0)
	}
	a.log.Info("server.listening", "url", a.config.BaseURLFor(a.Addr()).String(), "ops", a.OpsAddr())
	return nil
}

// serverLog takes what net/http says about connections, such as a TLS handshake
// that failed.
func (a *App) serverLog() *log.Logger { return slog.NewLogLogger(a.log.Handler(), slog.LevelWarn) }

func listenOn(ctx context.Context, setting, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", setting, address, err)
	}
	return listener, nil
}

// serveBehindFront lets a front take the requests that bring events, and the server all
// others. Under TLS net/http must see the connections itself.
func (a *App) serveBehindFront(server *http.Server, handler http.Handler) {
	prefix := strings.TrimRight(a.config.BaseURLFor(a.Addr()).Path, "/")
	f := front.New(a.main, front.Options{
		Handler: handler, Paths: []string{prefix + "/api/events", prefix + "/api/events/batch"},
		FirstTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, WriteTimeout: writeTimeout,
		Panicked: func(value any) { a.log.Error("connection.panicked", "panic", fmt.Sprint(value)) },
	})
	a.serve("listener", server, httpapi.Connections(f), closeWithin)
	a.onStop("front", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, closeWithin)
		defer cancel()
		return f.Shutdown(ctx)
	})
}

// serve runs an HTTP server until the application stops; patience is how long its
// requests may take to end then.
func (a *App) serve(name string, server *http.Server, listener net.Listener, patience time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var err error
		if server.TLSConfig != nil {
			err = server.ServeTLS(listener, "", "")
		} else {
			err = server.Serve(listener)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			a.faults <- fmt.Errorf("%s: %w", name, err)
		}
	}()
	a.onStop(name, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		<-done
		return err
	})
}

func (a *App) certificate() (*tls.Certificate, error) {
	if a.config.TLSCert == "" {
		return nil, nil //nolint:nilnil // no certificate is no mistake: plain HTTP
	}
	pair, err := tls.LoadX509KeyPair(a.config.TLSCert, a.config.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return &pair, nil
}

// rootCAs are the system's and those of the file; nil stands for the system's.
func rootCAs(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // nil is crypto/tls's word for the system's
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca-file: %s holds no PEM certificate", file)
	}
	return pool, nil
}
