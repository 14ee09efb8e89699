package kneo

import (
	"net/http"
	"strings"
	"testing"
)

func TestSpecHelpers(t *testing.T) {
	invalid := says(200, `{"valid":false,"diagnostics":[{"code":"E_X","severity":"error","message":"m"}]}`)
	valid := says(200, `{"valid":true,"diagnostics":[]}`)
	p := script(invalid)
	checked, err := p.client(t).Agent.Specs.ValidateThenCompile(t.Context(), SpecCompileRequest{})
	if err != nil || checked.OK() || checked.Compilation != nil || p.count() != 1 {
		t.Errorf("%+v, %v", checked, err)
	}
	strict := false
	p = script(valid, says(200, `{"ok":true,"diagnostics":[]}`))
	checked, err = p.client(t).Agent.Specs.ValidateThenCompile(t.Context(), SpecCompileRequest{Strict: &strict, SpecPath: "a.yaml"})
	if err != nil || !checked.OK() || string(p.bodies[1]) != `{"spec_path":"a.yaml","strict":false}` || string(p.bodies[0]) != `{"spec_path":"a.yaml"}` {
		t.Errorf("%+v, %v, %s", checked, err, p.bodies)
	}
	p = script(invalid)
	dry, err := p.client(t).Agent.Specs.DryRun(t.Context(), SpecValidateRequest{})
	if err != nil || dry.OK() || p.count() != 1 {
		t.Errorf("%+v, %v", dry, err)
	}
	p = &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
		switch {
		case strings.HasSuffix(req.URL.Path, "/explain"):
			return says(200, `{"summary":{"root_agent":"root"}}`)(req)
		case strings.HasSuffix(req.URL.Path, "/policy-report"):
			return says(200, `{"valid":true,"report":{"valid":true,"version":"v1"}}`)(req)
		}
		return valid(req)
	}}
	dry, err = p.client(t).Agent.Specs.DryRun(t.Context(), SpecValidateRequest{})
	if err != nil || !dry.OK() || dry.Explanation.Summary.RootAgent != "root" || p.count() != 3 {
		t.Errorf("%+v, %v", dry, err)
	}
}
