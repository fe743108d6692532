package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// scenario is something that happens on a server, told in figures of its own.
type scenario struct {
	name, about string
	run         func(s *stage) error
}

type scenarioResult struct {
	Name, About, System string
	Figures             figures
}

func scenarios() []scenario {
	return []scenario{
		{"hanging", "one endpoint hangs 10 s and gets 100/s, beside one that is well at 100/s", (*stage).hanging},
		{"dead", "1,000 endpoints hang 10 s with 100 deliveries queued each, beside 50 that are well at 200/s", (*stage).dead},
		{"burst", "100,000 events to one webhook while another gets 50/s", (*stage).burst},
		{"wide", "one event to 10,000 webhooks", (*stage).wide},
		{"queued", "1,000,000 deliveries queued for endpoints that hang", (*stage).queued},
		{"idle", "10,000 webhooks and no event", (*stage).idle},
		{"webhooks", "what a delivery costs with 1 to 10,000 webhooks", (*stage).byWebhooks},
		{"rows", "what accepting and looking cost with 1,000 to 10,000,000 deliveries stored", (*stage).byRows},
	}
}

// stage is where a scenario plays.
type stage struct {
	*rig
	system string
	server *target
	// second is a second load beside the rig's.
	second  *process
	figures figures
}

// play runs a scenario on an empty server.
func (r *rig) playScenario(s scenario, system string) (_ figures, err error) {
	st := &stage{rig: r, system: system, figures: figures{}}
	if st.second, err = play("load"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.second.stop(), st.server.stop()) }()
	if st.server, err = r.startStored(system); err != nil {
		return nil, err
	}
	return st.figures, s.run(st)
}

// of is a size: the first, or the second when only a look is wanted.
func (s *stage) of(full, quick int) int {
	if s.quick {
		return quick
	}
	return full
}

func (s *stage) sinkURL(path string, i int) string {
	return fmt.Sprintf("http://%s/%s%d", s.sinkAt, path, i)
}

func (s *stage) begin(hooks, ids, watched int) error {
	return s.sink.ask(sinkOrder{Begin: &sinkBegin{Hooks: int64(hooks), IDs: int64(ids), Watched: int64(watched)}}, new(sinkReport))
}

func (s *stage) await(n, patience int) (arrived sinkReport, err error) {
	err = s.sink.ask(sinkOrder{Await: int64(n), Patience: float64(patience)}, &arrived)
	return arrived, err
}

// order is a load on the server.
func (s *stage) order(eventType string) loadOrder {
	return loadOrder{Address: s.server.address, Key: s.server.key, EventType: eventType, Connections: 16}
}

// steady sends at a rate and returns what arrived of it at the watched webhook.
func (s *stage) steady(o loadOrder, rate, lasting, hooks, watched int) (sent loadReport, arrived sinkReport, err error) {
	if err = s.prepare(hooks, watched); err != nil {
		return sent, arrived, err
	}
	return s.send(o, rate, lasting)
}

// prepare begins a tally with a disk that has nothing else to do.
func (s *stage) prepare(hooks, watched int) error {
	settleDisk()
	return s.begin(hooks, 1<<20, watched)
}

// send is steady after prepare.
func (s *stage) send(o loadOrder, rate, lasting int) (sent loadReport, arrived sinkReport, err error) {
	o.Rate, o.Seconds = float64(rate), float64(lasting)
	if err = s.load.ask(o, &sent); err == nil {
		arrived, err = s.await(int(sent.Accepted), 15)
	}
	return sent, arrived, err
}

// compare notes how the well fared alone and beside the others.
func (s *stage) compare(alone, beside sinkReport) {
	s.figures["alone p50 ms"], s.figures["alone p99 ms"] = alone.P50, alone.P99
	s.figures["beside p50 ms"], s.figures["beside p99 ms"] = beside.P50, beside.P99
	s.figures["ratio of p99"] = beside.P99 / max(alone.P99, 0.001)
}

func (s *stage) noteMemory() {
	s.figures["peak MiB"] = float64(s.server.usage().Peak) / (1 << 20)
}

func (s *stage) hanging() error {
	if err := s.server.subscribe("well", "User.Created", s.sinkURL("", 0)); err != nil {
		return err
	}
	lasting := s.of(20, 1)
	_, alone, err := s.steady(s.order("User.Created"), 100, lasting, 1, -1)
	if err != nil {
		return err
	}
	if err := s.server.subscribe("hangs", "User.Deleted", s.sinkURL("hang/", 0)); err != nil {
		return err
	}
	if err := s.prepare(1, -1); err != nil {
		return err
	}
	ended := s.beside(s.order("User.Deleted"), 100, lasting)
	_, beside, err := s.send(s.order("User.Created"), 100, lasting)
	s.compare(alone, beside)
	s.noteMemory()
	return errors.Join(err, <-ended)
}

// beside lets the second load send at a rate meanwhile.
func (s *stage) beside(o loadOrder, rate, lasting int) <-chan error {
	o.Rate, o.Seconds = float64(rate), float64(lasting)
	ended := make(chan error, 1)
	go func() { ended <- s.second.ask(o, new(loadReport)) }()
	return ended
}

func (s *stage) dead() error {
	const well = 50
	for i := range int64(well) {
		if err := s.server.addType(numbered("Bench.Well", i)); err != nil {
			return err
		}
		if err := s.server.subscribe("well", numbered("Bench.Well", i), s.sinkURL("", int(i))); err != nil {
			return err
		}
	}
	order := s.order("Bench.Well")
	order.Types = well
	lasting := s.of(20, 1)
	_, alone, err := s.steady(order, 200, lasting, well, -1)
	if err != nil {
		return err
	}
	if err := s.server.subscribeMany(0, s.of(1000, 10), "User.Deleted", func(i int) string { return s.sinkURL("hang/", i) }); err != nil {
		return err
	}
	queue := s.order("User.Deleted")
	queue.Count, queue.Connections = int64(s.of(100, 5)), 4
	// Those are still being queued for some seconds after they were accepted.
	if err := s.prepare(well, -1); err != nil {
		return err
	}
	queued := make(chan error, 1)
	go func() { queued <- s.second.ask(queue, new(loadReport)) }()
	_, queuing, err := s.send(order, 200, s.of(4, 1))
	s.figures["while they are being queued p50 ms"], s.figures["while they are being queued p99 ms"] = queuing.P50, queuing.P99
	if err := errors.Join(err, <-queued, s.server.awaitFanOut("User.Deleted")); err != nil {
		return err
	}
	_, beside, err := s.steady(order, 200, lasting, well, -1)
	s.compare(alone, beside)
	s.noteMemory()
	return err
}

func (s *stage) burst() error {
	for i, eventType := range []string{"User.Created", "User.Deleted"} {
		if err := s.server.subscribe("burst", eventType, s.sinkURL("", i)); err != nil {
			return err
		}
	}
	lasting := s.of(20, 1)
	_, alone, err := s.steady(s.order("User.Created"), 50, lasting, 2, 0)
	if err != nil {
		return err
	}
	flood := s.order("User.Deleted")
	flood.Count, flood.Batch = int64(s.of(100_000, 500)), 100
	if err := s.prepare(2, 0); err != nil {
		return err
	}
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- s.second.ask(flood, new(loadReport)) }()
	_, beside, err := s.send(s.order("User.Created"), 50, lasting)
	if err := errors.Join(err, <-ended); err != nil {
		return err
	}
	all, err := s.await(50*lasting+int(flood.Count), 15)
	s.figures["burst delivered/s"] = float64(flood.Count) / time.Unix(0, all.OthersLastAt).Sub(began).Seconds()
	s.compare(alone, beside)
	s.noteMemory()
	return err
}

func (s *stage) wide() error {
	n := s.of(10_000, 50)
	if err := s.server.subscribeMany(0, n, "User.Created", func(i int) string { return s.sinkURL("", i) }); err != nil {
		return err
	}
	if err := s.begin(n, 64, -1); err != nil {
		return err
	}
	order := s.order("User.Created")
	order.Count, order.Connections = 1, 1
	before, began := s.server.usage(), time.Now()
	if err := s.load.ask(order, new(loadReport)); err != nil {
		return err
	}
	arrived, err := s.await(n, 15)
	took := time.Unix(0, arrived.LastAt).Sub(began).Seconds()
	s.figures["all arrived after s"], s.figures["delivered/s"] = took, float64(arrived.Distinct)/took
	s.figures["cpu s/1k"] = s.server.usage().minus(before).CPU / float64(n) * 1000
	s.figures["lost"] = float64(n) - float64(arrived.Distinct)
	s.noteMemory()
	return err
}

func (s *stage) queued() error {
	const webhooks = 100
	if err := s.server.subscribeMany(0, webhooks, "User.Deleted", func(i int) string { return s.sinkURL("hang/", i) }); err != nil {
		return err
	}
	order := s.order("User.Deleted")
	order.Count, order.Batch, order.Connections = int64(s.of(10_000, 100)), 100, 4
	var sent loadReport
	if err := s.load.ask(order, &sent); err != nil {
		return err
	}
	s.figures["accepted deliveries/s"] = float64(sent.Accepted*webhooks) / sent.Seconds
	s.figures["refused"] = float64(sent.Failed)
	s.server.forgetPeak()
	<-time.After(time.Duration(s.of(30, 1)) * time.Second)
	s.noteMemory()
	s.figures["resident MiB"] = float64(s.server.process.resident()) / (1 << 20)
	return nil
}

func (s *stage) idle() error {
	if err := s.server.subscribeMany(0, s.of(10_000, 20), "User.Created", func(i int) string { return s.sinkURL("", i) }); err != nil {
		return err
	}
	<-time.After(time.Duration(s.of(10, 1)) * time.Second)
	before, lasting := s.server.usage(), s.of(30, 1)
	<-time.After(time.Duration(lasting) * time.Second)
	s.figures["% of a core"] = s.server.usage().minus(before).CPU / float64(lasting) * 100
	s.figures["resident MiB"] = float64(s.server.process.resident()) / (1 << 20)
	return nil
}

func (s *stage) byWebhooks() error {
	have := 0
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		if n > s.of(n, 10) {
			break
		}
		if err := s.server.subscribeMany(have, n, "User.Created", func(i int) string { return s.sinkURL("", i) }); err != nil {
			return err
		}
		have = n
		events := max(2, s.of(30_000, 100)/n)
		if err := s.begin(n, events, -1); err != nil {
			return err
		}
		order := s.order("User.Created")
		order.Count, order.Connections = int64(events), 64
		before, began := s.server.usage(), time.Now()
		if err := s.load.ask(order, new(loadReport)); err != nil {
			return err
		}
		arrived, err := s.await(n*events, 30)
		if err != nil {
			return err
		}
		at := fmt.Sprintf("%05d webhooks ", n)
		s.figures[at+"delivered/s"] = float64(arrived.Distinct) / time.Unix(0, arrived.LastAt).Sub(began).Seconds()
		s.figures[at+"cpu s/1k"] = s.server.usage().minus(before).CPU / float64(n*events) * 1000
		s.figures[at+"lost"] = float64(n*events) - float64(arrived.Distinct)
	}
	return nil
}

func writeScenario(w io.Writer, s scenario, system string, f figures) {
	fmt.Fprintf(w, "\n%s on %s: %s\n", s.name, system, s.about)
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(w, "  %-40s %.3f\n", name, f[name])
	}
}
