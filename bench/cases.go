package main

// The systems that are compared.
const (
	relaySystem    = "relay"
	loopSystem     = "loop"
	sqliteSystem   = "sqlite"
	postgresSystem = "postgres"
)

// workload is a load on a system.
type workload struct {
	name, about string
	// against is the system that ratios are to.
	against string
	fanout  int
	batch   int
	// connections of a closed loop.
	connections int
	// rate of an open loop in requests a second; share makes it that share of what the
	// system did in the workload "single-1".
	rate, share float64
}

// workloads is the table of what is run. Each runs on the system that it is compared
// with and on every way to store.
func workloads() []workload {
	return []workload{
		{name: "single-1", about: "closed loop, one event a request, 1 endpoint", against: relaySystem, fanout: 1, connections: 256},
		{name: "few-1", about: "closed loop, one event a request, 1 endpoint", against: relaySystem, fanout: 1, connections: 64},
		{name: "single-5", about: "closed loop, one event a request, 5 endpoints", against: relaySystem, fanout: 5, connections: 256},
		{name: "batch-1", about: "closed loop, 100 events a request, 1 endpoint", against: loopSystem, fanout: 1, batch: 100, connections: 16},
		{name: "batch-5", about: "closed loop, 100 events a request, 5 endpoints", against: loopSystem, fanout: 5, batch: 100, connections: 16},
		{name: "rate-500", about: "open loop, 500 events a second, 1 endpoint", against: relaySystem, fanout: 1, rate: 500},
		{name: "rate-500-5", about: "open loop, 500 events a second, 5 endpoints", against: relaySystem, fanout: 5, rate: 500},
		{name: "rate-80", about: "open loop, 80 % of what it did in single-1", against: relaySystem, fanout: 1, share: 0.8},
	}
}

// saturated names the workload that share is of.
const saturated = "single-1"

// order is the load as a process is told it, on a system.
func (w *workload) order(system string, t *target, lasting float64, full float64) loadOrder {
	o := loadOrder{
		Address: t.address, Key: t.key, EventType: eventType, Seconds: lasting,
		Connections: w.connections, Batch: w.batch, Rate: w.rate, Direct: system == loopSystem,
	}
	if w.share > 0 {
		o.Rate = max(1, w.share*full)
	}
	if system == loopSystem {
		o.Connections, o.Batch = 64, 0
	}
	return o
}
