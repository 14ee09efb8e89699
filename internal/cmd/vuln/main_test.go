package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestReached(t *testing.T) {
	const report = `{"config":{"scanner_name":"govulncheck"}}
{"finding":{"osv":"GO-1","trace":[{"module":"example.com/m","version":"v1.0.0"}]}}
{"finding":{"osv":"GO-1","trace":[{"module":"example.com/m","package":"example.com/m/p"}]}}
{"finding":{"osv":"GO-2","trace":[{"module":"example.com/m","package":"example.com/m/p","function":"F"},{"module":"ours","function":"G"}]}}
{"finding":{"osv":"GO-2","trace":[{"module":"example.com/m","package":"example.com/m/p","function":"H"},{"module":"ours","function":"G"}]}}
{"finding":{"osv":"GO-3","trace":[{"module":"stdlib","package":"os","function":"Open"}]}}
`
	got, err := reached(strings.NewReader(report))
	want := map[string][]string{"example.com/m": {"GO-2"}, "stdlib": {"GO-3"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := reached(strings.NewReader(`{"finding":`)); err == nil {
		t.Error("half a report was taken")
	}
}
