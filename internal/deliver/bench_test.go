package deliver_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

// startEcho is the cheapest endpoint possible, so that the figures are the client's: it
// takes requests that come in one piece and answers 200.
func startEcho(b *testing.B) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go echo(conn)
		}
	}()
	return "http://" + listener.Addr().String() + "/in"
}

func echo(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); err != nil {
			return
		}
	}
}

// BenchmarkSend is one attempt after another over kept connections.
func BenchmarkSend(b *testing.B) {
	url, s := startEcho(b), newSender(b, nil)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		request := newRequest(url)
		for p.Next() {
			if a := s.Send(b.Context(), request); a.Outcome != webhook.OutcomeSucceeded {
				b.Fatalf("attempt: %s, %s", a.Reason, a.Detail)
			}
		}
	})
}

// BenchmarkNetHTTP is the same request by net/http, signed alike, without a record.
func BenchmarkNetHTTP(b *testing.B) {
	url := startEcho(b)
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	b.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := post(b, client, url); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func post(b *testing.B, client *http.Client, url string) error {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	logto, err := signature.SignLogto(signingKey, []byte(body))
	if err != nil {
		return err
	}
	now := at(b, "2026-01-02T03:04:05Z").Now()
	standard, err := signature.Sign([]byte(signingKey), deliveryID, now, []byte(body))
	if err != nil {
		return err
	}
	request.Header.Set("user-agent", "Tidings/1.2.3")
	request.Header.Set("content-type", "application/json")
	request.Header.Set("logto-signature-sha-256", logto)
	request.Header.Set("webhook-id", deliveryID)
	request.Header.Set("webhook-timestamp", "1767323045")
	request.Header.Set("webhook-signature", standard)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
