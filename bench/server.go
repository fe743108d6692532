package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	apiKey    = "bench-0123456789abcdef0123456789abcdef"
	eventType = "User.Created"
)

// target is a system under test.
type target struct {
	process *process
	// database is the process of its database, if it has one of its own.
	database *process
	address  string
	ops      string
	key      string
	// folder holds its files.
	folder  string
	closers []func() error
}

func (t *target) usage() usage { return t.process.usage().plus(t.database.usage()) }

func (t *target) forgetPeak() {
	t.process.forgetPeak()
	t.database.forgetPeak()
}

func (t *target) stop() error {
	if t == nil {
		return nil
	}
	errs := []error{t.process.stop(), t.database.stop()}
	for _, run := range t.closers {
		errs = append(errs, run())
	}
	return errors.Join(errs...)
}

// startTidings runs the binary with default settings but for where it is, and that
// endpoints on loopback are allowed.
func startTidings(binary, database string, more ...string) (*target, error) {
	arguments := append([]string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--database", database,
		"--allow-network", "127.0.0.0/8", "--bootstrap-api-key", apiKey, "--log-format", "json",
	}, more...)
	command := exec.Command(binary, arguments...)
	log, err := command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	t := &target{process: &process{command: command}, key: apiKey}
	lines := bufio.NewScanner(log)
	var last []string
	for lines.Scan() {
		last = append(last, lines.Text())
		var line struct{ Msg, URL, Ops string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "server.listening" {
			t.address, t.ops = strings.TrimPrefix(line.URL, "http://"), line.Ops
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return t, nil
		}
	}
	_ = command.Wait() // the log says more
	return nil, fmt.Errorf("%s did not start:\n%s", binary, strings.Join(last, "\n"))
}

// subscribe creates a webhook.
func (t *target) subscribe(name, eventType, url string) error {
	body := fmt.Sprintf(`{"name":%q,"events":[%q],"config":{"url":%q}}`, name, eventType, url)
	status, answer, err := t.call(http.MethodPost, "/api/hooks", body)
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("create webhook: %d %s", status, answer)
	}
	return err
}

// subscribeMany creates webhooks number from to below to, several at a time.
func (t *target) subscribeMany(from, to int, eventType string, url func(i int) string) error {
	var creators sync.WaitGroup
	problems := make(chan error, to-from)
	numbers := make(chan int)
	for range 16 {
		creators.Go(func() {
			for i := range numbers {
				if err := t.subscribe(fmt.Sprintf("bench %d", i), eventType, url(i)); err != nil {
					problems <- err
				}
			}
		})
	}
	for i := from; i < to; i++ {
		numbers <- i
	}
	close(numbers)
	creators.Wait()
	close(problems)
	return <-problems
}

// addType adds an event type of our own.
func (t *target) addType(name string) error {
	body := fmt.Sprintf(`{"name":%q,"group":"Bench","description":"For measuring.","schema":{"type":"object"},"example":{"event":%q}}`, name, name)
	status, answer, err := t.call(http.MethodPost, "/api/event-types", body)
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("create event type: %d %s", status, answer)
	}
	return err
}

var apiClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}, Timeout: time.Minute}

func (t *target) call(method, path, body string) (int, []byte, error) {
	request, err := http.NewRequest(method, "http://"+t.address+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+t.key)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := apiClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// awaitFanOut waits until the newest event of a type has all its deliveries.
func (t *target) awaitFanOut(eventType string) error {
	newest := struct{ Items []struct{ ID string } }{}
	if err := t.get("/api/events?limit=1&eventType="+eventType, &newest); err != nil {
		return err
	}
	if len(newest.Items) == 0 {
		return fmt.Errorf("there is no event of type %s", eventType)
	}
	for began := time.Now(); time.Since(began) < time.Minute; <-time.After(100 * time.Millisecond) {
		event := struct {
			FanOut struct {
				Total   int
				ByState map[string]int
			}
		}{}
		if err := t.get("/api/events/"+newest.Items[0].ID, &event); err != nil {
			return err
		}
		there := 0
		for _, n := range event.FanOut.ByState {
			there += n
		}
		if there == event.FanOut.Total {
			return nil
		}
	}
	return fmt.Errorf("an event of type %s does not get its deliveries", eventType)
}

func (t *target) get(path string, into any) error {
	status, answer, err := t.call(http.MethodGet, path, "")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("GET %s: %d %s", path, status, answer)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// profile fetches a CPU profile of the server into a writer.
func (t *target) profile(w io.Writer, howLong time.Duration) error {
	response, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", t.ops, int(howLong.Seconds())))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(w, response.Body)
	return err
}
