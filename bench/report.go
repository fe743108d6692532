package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figures is what one run measured, by the names in columns.
type figures map[string]float64

// column is a figure and how it is shown.
type column struct {
	name   string
	format string
}

func columns() []column {
	return []column{
		{"accepted/s", "%.0f"},
		{"delivered/s", "%.0f"},
		{"p50 ms", "%.1f"},
		{"p95 ms", "%.1f"},
		{"p99 ms", "%.1f"},
		{"answer p99 ms", "%.1f"},
		{"cpu s/1k", "%.3f"},
		{"cpu s/1k database", "%.3f"},
		{"cpu s/1k all", "%.3f"},
		{"peak MiB", "%.0f"},
		{"written B", "%.0f"},
		{"lost", "%.0f"},
		{"duplicates", "%.0f"},
		{"refused", "%.0f"},
	}
}

func count(sent loadReport, arrived sinkReport, began time.Time, fanout int) figures {
	lasted := max(sent.Seconds, time.Unix(0, arrived.LastAt).Sub(began).Seconds())
	return figures{
		"accepted/s":  float64(sent.Accepted) / sent.Seconds,
		"delivered/s": float64(arrived.Distinct) / lasted,
		"p50 ms":      arrived.P50, "p95 ms": arrived.P95, "p99 ms": arrived.P99, "answer p99 ms": sent.AckP99,
		"lost":       float64(sent.Accepted*int64(fanout) - arrived.Distinct),
		"duplicates": float64(arrived.Duplicates), "refused": float64(sent.Failed),
	}
}

// addUsage adds what the server (with its database) used, and what all used.
func (f figures) addUsage(server, load, sink usage, deliveries float64) {
	f["cpu s/1k"] = server.CPU / deliveries * 1000
	f["cpu s/1k all"] = server.plus(load).plus(sink).CPU / deliveries * 1000
	f["peak MiB"] = float64(server.Peak) / (1 << 20)
	f["written B"] = float64(server.Written) / deliveries
}

// spread is a median with what it lies between.
type spread struct {
	Median, Min, Max float64
}

func spreadOf(values []float64) spread {
	slices.Sort(values)
	return spread{Median: values[len(values)/2], Min: values[0], Max: values[len(values)-1]}
}

// result is all repetitions of a workload on a system.
type result struct {
	Workload, About, System, Against string
	Figures                          map[string]spread
	// Ratios compare with the other system in the same repetition.
	Ratios map[string]spread `json:",omitempty"`
	runs   []figures
}

func (r *result) summarize(against *result) {
	r.Figures = map[string]spread{}
	for _, c := range columns() {
		var values []float64
		for _, f := range r.runs {
			values = append(values, f[c.name])
		}
		r.Figures[c.name] = spreadOf(values)
	}
	if against == nil || against == r {
		return
	}
	r.Ratios = map[string]spread{}
	for _, name := range []string{"delivered/s", "p50 ms", "p99 ms", "cpu s/1k", "cpu s/1k all"} {
		var values []float64
		for i, f := range r.runs {
			if i < len(against.runs) && against.runs[i][name] > 0 {
				values = append(values, f[name]/against.runs[i][name])
			}
		}
		if len(values) > 0 {
			r.Ratios[name] = spreadOf(values)
		}
	}
}

// measure runs everything that was asked for and reports on it.
func measure(arguments []string, stdout, stderr io.Writer) (err error) {
	o, err := parseOptions(arguments, stderr)
	if err != nil {
		return err
	}
	wanted, err := regexp.Compile(o.run)
	if err != nil {
		return err
	}
	r, err := newRig(o, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	report := document{Machine: fmt.Sprintf("%d × %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()), At: time.Now().UTC()}
	settleDisk()
	if report.Flush, err = measureFlush(o.scratch, 500); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "disk: 8 KiB are durable after %.2f ms (p50), %.2f ms (p99)\n", report.Flush.P50, report.Flush.P99)
	for _, w := range workloads() {
		if !wanted.MatchString(w.name) {
			continue
		}
		results, err := r.repeat(&w, &report)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		report.Results = append(report.Results, results...)
		if err := errors.Join(writeTable(stdout, &w, results), report.save(o.json)); err != nil {
			return err
		}
	}
	for _, s := range scenarios() {
		if o.run == "" && !o.quick || !wanted.MatchString(s.name) {
			continue
		}
		for _, system := range scenarioSystems(o.systems) {
			r.say("%s on %s: %s", s.name, system, s.about)
			figures, err := r.playScenario(s, system)
			if err != nil {
				return fmt.Errorf("%s on %s: %w", s.name, system, err)
			}
			report.Scenarios = append(report.Scenarios, scenarioResult{s.name, s.about, system, figures})
			writeScenario(stdout, s, system, figures)
			if err := report.save(o.json); err != nil { // what there is survives an end half-way
				return err
			}
		}
	}
	if o.plots != "" {
		if err := report.writePlots(o.plots); err != nil {
			return err
		}
	}
	return report.save(o.json)
}

// document is the JSON that is written.
type document struct {
	Machine   string
	At        time.Time
	Flush     flush
	Results   []*result        `json:",omitempty"`
	Scenarios []scenarioResult `json:",omitempty"`
}

func (d *document) save(file string) error {
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// full is what a system did at most in the workload that shares are of.
func (d *document) full(system string) float64 {
	for _, r := range d.Results {
		if r.Workload == saturated && r.System == system {
			return r.Figures["delivered/s"].Median
		}
	}
	return 0
}

// repeat lets the systems take turns.
func (r *rig) repeat(w *workload, so *document) ([]*result, error) {
	var results []*result
	for _, system := range r.systemsOf(w) {
		results = append(results, &result{Workload: w.name, About: w.about, System: system, Against: w.against})
	}
	for n := range r.repetitions {
		for _, one := range results {
			full := so.full(one.System)
			if w.share > 0 && full == 0 {
				return nil, fmt.Errorf("needs %s to be run before it", saturated)
			}
			f, err := r.measureOne(w, one.System, full)
			if err != nil {
				return nil, fmt.Errorf("on %s: %w", one.System, err)
			}
			one.runs = append(one.runs, f)
			r.say("%s %d/%d %s: %.0f delivered/s, p99 %.1f ms, %.3f cpu s/1k, %.0f lost", w.name, n+1, r.repetitions, one.System,
				f["delivered/s"], f["p99 ms"], f["cpu s/1k"], f["lost"])
		}
	}
	var against *result
	if results[0].System == w.against {
		against = results[0]
	}
	for _, one := range results {
		one.summarize(against)
	}
	return results, nil
}

// systemsOf are those that a workload runs on, the one that it is compared with first.
func (r *rig) systemsOf(w *workload) []string {
	all := systemsThere(w.against)
	if r.systems == "" {
		return all
	}
	asked := strings.Split(r.systems, ",")
	return slices.DeleteFunc(all, func(s string) bool { return !slices.Contains(asked, s) })
}

// scenarioSystems are those that scenarios run on: SQLite, unless others are asked for.
func scenarioSystems(asked string) []string {
	systems := slices.DeleteFunc(strings.Split(asked, ","), func(s string) bool { return s != sqliteSystem && s != postgresSystem })
	if len(systems) == 0 {
		return []string{sqliteSystem}
	}
	return systems
}

// systemsThere are the one to compare with and every way to store that can be run here.
func systemsThere(against string) []string {
	if storesInPostgres && hasPostgres() {
		return []string{against, sqliteSystem, postgresSystem}
	}
	return []string{against, sqliteSystem}
}

func writeTable(w io.Writer, what *workload, results []*result) error {
	fmt.Fprintf(w, "\n%s: %s\n", what.name, what.about)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "\t")
	for _, one := range results {
		fmt.Fprintf(table, "%s\t", one.System)
		if one.Ratios != nil {
			fmt.Fprintf(table, "to %s\t", one.Against)
		}
	}
	fmt.Fprintln(table)
	for _, c := range columns() {
		fmt.Fprintf(table, "%s\t", c.name)
		for _, one := range results {
			s := one.Figures[c.name]
			fmt.Fprintf(table, c.format+" ("+c.format+"–"+c.format+")\t", s.Median, s.Min, s.Max)
			if ratio, found := one.Ratios[c.name]; found {
				fmt.Fprintf(table, "%.2f\t", ratio.Median)
			} else if one.Ratios != nil {
				fmt.Fprint(table, "\t")
			}
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}
