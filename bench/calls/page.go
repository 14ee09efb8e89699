package main

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed page.md.tmpl
var pageText string

// page is the results as Markdown.
func (r *results) page() (string, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"kib": func(bytes uint64) string { return fmt.Sprintf("%.1f", float64(bytes)/1024) },
		"mib": func(bytes uint64) string { return fmt.Sprintf("%.1f", float64(bytes)/(1<<20)) },
		"mb":  func(bytes int64) string { return fmt.Sprintf("%.1f", float64(bytes)/1e6) },
		"s":   func(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) },
		"pct": func(f float64) string { return fmt.Sprintf("%.0f %%", 100*f) },
		"x":   spread, "names": func() []string { return names }, "all": func() []string { return append(slices.Clip(names), python) },
		"operations": func() []string { return operations }, "times": times,
	}).Parse(pageText)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, r)
	return b.String(), err
}

// spread tells of ratios the one in the middle, and the smallest and the largest.
func spread(ratios []float64) string {
	return fmt.Sprintf("%s (%s to %s)", times(median(ratios)), times(slices.Min(ratios)), times(slices.Max(ratios)))
}

// times is a ratio with as many digits as it has a use for.
func times(f float64) string {
	if f < 0.1 {
		return fmt.Sprintf("%.3f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// check reports what is not as it has to be. Times may be off where a machine is busy with something else, counts may not.
func (r *results) check() error {
	var errs []error
	must := func(holds bool, format string, args ...any) {
		if !holds {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	get := r.Canned["get"]
	must(get["kneo"].Allocs <= get["net/http"].Allocs+32, "a GET allocates %d times, net/http %d times", get["kneo"].Allocs, get["net/http"].Allocs)
	for _, other := range []string{"openai-go", "azcore", "hcloud-go", "go-github"} {
		must(get["kneo"].Allocs < get[other].Allocs, "a GET allocates %d times, with %s %d times", get["kneo"].Allocs, other, get[other].Allocs)
	}
	must(r.Memory.WalkPeak < 32<<20, "a walk of %d runs takes up to %d bytes of heap", manyRows, r.Memory.WalkPeak)
	must(r.Memory.LeftGo <= 0 && r.Memory.GoLeft <= 0, "%d and %d goroutines are left", r.Memory.LeftGo, r.Memory.GoLeft)
	must(r.Memory.LeftBytes < 1<<20, "%d bytes are left of %d clients", r.Memory.LeftBytes, r.Memory.Clients)
	must(r.Programs[1].Size-r.Programs[0].Size <= 1_500_000, "the program is %d bytes larger", r.Programs[1].Size-r.Programs[0].Size)

	get2 := r.Loopback["get"]
	must(median(get2["kneo"].CPU) <= 1.15, "a GET takes %.2f times the processor's time of net/http", median(get2["kneo"].CPU))
	for _, other := range []string{"openai-go", "azcore", "hcloud-go", "go-github", "godo"} {
		must(median(get2["kneo"].CPU) < median(get2[other].CPU), "a GET takes %.2f of the processor's time, with %s %.2f", median(get2["kneo"].CPU), other, median(get2[other].CPU))
	}
	must(median(get2["kneo"].Rates) >= 25*median(get2[python].Rates), "%.1f times as many calls a second as the Python client", median(get2["kneo"].Rates)/median(get2[python].Rates))
	must(median(r.Decode.Ours) <= 1 && median(r.Decode.Ours) < median(r.Decode.Maps), "a page takes %.2f of what it takes by hand, %.2f in maps", median(r.Decode.Ours), median(r.Decode.Maps))
	must(median(r.Walk.InStep) >= 1.5, "a walk in step takes %.2f times as long", median(r.Walk.InStep))
	must(r.Programs[1].Compile-r.Programs[0].Compile <= 5*time.Second, "the program takes %v longer to compile", r.Programs[1].Compile-r.Programs[0].Compile)
	return errors.Join(errs...)
}

// DecodeSize is the size of the page of 1,000 runs.
func (r *results) DecodeSize() int64 { return int64(r.Decode.Size) }

// PythonFactor is how many times as many GETs the library makes in a second as the Python client.
func (r *results) PythonFactor() string {
	get := r.Loopback["get"]
	return fmt.Sprintf("%.0f", median(get["kneo"].Rates)/median(get[python].Rates))
}

// LeftKiB is what is left of very many clients.
func (r *results) LeftKiB() string { return fmt.Sprintf("%d", r.Memory.LeftBytes/1024) }

// Added is what the programs have more than the one on net/http.
func (r *results) Added() (more []program) {
	base := r.Programs[0]
	for _, p := range r.Programs[1:] {
		more = append(more, program{p.Name, p.Size - base.Size, p.Compile - base.Compile})
	}
	return more
}
