package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// plot is a line chart: how figures of a scenario grow with a number.
type plot struct {
	file, title, scenario, unit string
	// series are the ends of the names of figures, behind the number.
	series []string
}

func plots() []plot {
	return []plot{
		{"webhooks.svg", "CPU seconds per 1,000 deliveries by webhooks", "webhooks", "webhooks", []string{"cpu s/1k"}},
		{"rows-pages.svg", "Milliseconds for a page by deliveries stored (median)", "rows", "rows", []string{"list page ms", "filter page ms", "rare page ms", "events page ms", "health page ms"}},
		{"rows-accept.svg", "Milliseconds to accept an event at 200/s by deliveries stored", "rows", "rows", []string{"answer p50 ms", "answer p99 ms"}},
	}
}

// writePlots draws what the document has figures for.
func (d *document) writePlots(folder string) error {
	for _, p := range plots() {
		i := slices.IndexFunc(d.Scenarios, func(s scenarioResult) bool { return s.Name == p.scenario })
		if i < 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, p.file), p.draw(d.Scenarios[i].Figures), 0o644); err != nil {
			return err
		}
	}
	return nil
}

type point struct{ x, y float64 }

// points are the figures of a series in order.
func (p *plot) points(f figures, series string) []point {
	var points []point
	for name, y := range f {
		number, rest, _ := strings.Cut(name, " ")
		x, err := strconv.ParseFloat(number, 64)
		if err == nil && rest == p.unit+" "+series {
			points = append(points, point{x, y})
		}
	}
	slices.SortFunc(points, func(a, b point) int { return int(a.x - b.x) })
	return points
}

const (
	plotWidth, plotHeight          = 720, 360
	plotLeft, plotTop, plotMargins = 60.0, 50.0, 40.0
)

func (p *plot) draw(f figures) []byte {
	colours := []string{"#2f6db5", "#c2571a", "#3b8a3e", "#8250a8", "#6b6b6b"}
	highest, widest := 0.0, 1.0
	for _, series := range p.series {
		for _, at := range p.points(f, series) {
			highest, widest = max(highest, at.y), max(widest, at.x)
		}
	}
	highest = niceAbove(highest)
	x := func(v float64) float64 {
		return plotLeft + (plotWidth-plotLeft-plotMargins)*math.Log10(max(v, 1))/math.Log10(max(widest, 10))
	}
	y := func(v float64) float64 { return plotHeight - plotMargins - (plotHeight-plotTop-plotMargins)*v/highest }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><text x="%.0f" y="20" font-size="14" fill="#222">%s</text>`+"\n", plotWidth, plotHeight, plotLeft, p.title)
	for i := range 5 {
		v := highest * float64(i) / 4
		fmt.Fprintf(&b, `<line x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%.0f" y="%.1f" text-anchor="end" fill="#444">%.4g</text>`+"\n",
			plotLeft, plotWidth-plotMargins, y(v), y(v), plotLeft-6, y(v)+4, v)
	}
	for v := 1.0; v <= widest; v *= 10 {
		fmt.Fprintf(&b, `<text x="%.1f" y="%.0f" text-anchor="middle" fill="#444">%s</text>`+"\n", x(v), plotHeight-plotMargins+18, short(v))
	}
	for i, series := range p.series {
		var line strings.Builder
		for _, at := range p.points(f, series) {
			fmt.Fprintf(&line, "%.1f,%.1f ", x(at.x), y(at.y))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x(at.x), y(at.y), colours[i])
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.TrimSpace(line.String()), colours[i])
		fmt.Fprintf(&b, `<text x="%.0f" y="38" fill="%s">%s</text>`+"\n", plotLeft+float64(i)*125, colours[i], series)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// niceAbove is the next 1, 2, 4 or 8 times a power of ten.
func niceAbove(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 4, 8} {
		if v <= step*power {
			return step * power
		}
	}
	return 10 * power
}

// short writes 1000 as 1k and 1000000 as 1M.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.0fM", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.0fk", v/1e3)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}
