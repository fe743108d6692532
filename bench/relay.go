package main

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// playRelay is HTTP in, HMAC, HTTP out with net/http on both sides and nothing in
// between: no storage, no retries, no log. It answers once the request is in memory.
func playRelay(listener net.Listener, sink string, fanout int) error {
	const senders = 64
	type message struct {
		url  string
		body []byte
	}
	queue := make(chan message, 4096)
	transport := &http.Transport{MaxIdleConnsPerHost: senders, MaxConnsPerHost: senders}
	client := &http.Client{Transport: transport}
	var workers sync.WaitGroup
	for range senders {
		workers.Go(func() {
			for m := range queue {
				_ = signAndSend(client, m.url, m.body) // the sink counts what is missing
			}
		})
	}
	urls := make([]string, fanout)
	for i := range urls {
		urls[i] = "http://" + sink + "/" + strconv.Itoa(i)
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		for _, url := range urls {
			queue <- message{url, body}
		}
		w.WriteHeader(http.StatusAccepted)
	})}
	return server.Serve(listener)
}
