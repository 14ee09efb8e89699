package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// decoding is how long a page of 1,000 runs takes that comes from memory, as ratios to net/http and structs typed by hand in the same round.
type decoding struct {
	Size      int // of the page, in bytes
	Ours      []float64
	Maps      []float64
	OurCounts counts
	ByHand    counts
	InMaps    counts
}

// measureDecoding reads a large page in three ways, in turn.
func measureDecoding(rounds int) (decoding, error) {
	s, err := newStub(walkRows, 0)
	if err != nil {
		return decoding{}, err
	}
	d := decoding{Size: len(s.page(bounds{end: walkRows, limit: pageRows}))}
	ours, err := newSubject("kneo", "http://127.0.0.1:1", s)
	if err != nil {
		return d, err
	}
	byHand, err := newSubject("net/http", "http://127.0.0.1:1", s)
	if err != nil {
		return d, err
	}
	ctx := context.Background()
	inMaps := func() error { return listInto(s, new(map[string]any)) }
	ways := []func() error{func() error { return byHand.list(ctx) }, func() error { return ours.list(ctx) }, inMaps}
	for _, c := range []struct {
		way func() error
		to  *counts
	}{{ways[0], &d.ByHand}, {ways[1], &d.OurCounts}, {ways[2], &d.InMaps}} {
		if *c.to, err = count(3, c.way); err != nil {
			return d, err
		}
	}
	for range rounds {
		took := make([]time.Duration, len(ways))
		for range 10 {
			for i, way := range ways {
				begun := processorTime()
				if err := way(); err != nil {
					return d, err
				}
				took[i] += processorTime() - begun
			}
		}
		d.Ours = append(d.Ours, took[1].Seconds()/took[0].Seconds())
		d.Maps = append(d.Maps, took[2].Seconds()/took[0].Seconds())
	}
	return d, nil
}

// listInto is the list of plain, into whatever out is.
func listInto(s *stub, out any) error {
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:1/v1/runs?limit=1000", nil) //nolint:noctx // from memory
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: s}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.NewDecoder(bytes.NewReader(text)).Decode(out)
}
