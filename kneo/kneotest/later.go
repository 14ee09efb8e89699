package kneotest

import (
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// The operations below are not here yet. They answer like a server that is too old to have them, which package kneo knows.

// ListHumanTasks is not here yet.
func (a *api) ListHumanTasks(w http.ResponseWriter, _ *http.Request, _ gen.ListHumanTasksParams) {
	errNoRoute.write(w)
}

// GetHumanTask is not here yet.
func (a *api) GetHumanTask(w http.ResponseWriter, _ *http.Request, _ string) { errNoRoute.write(w) }

// ResumeHumanTask is not here yet.
func (a *api) ResumeHumanTask(w http.ResponseWriter, _ *http.Request, _ string, _ gen.ResumeHumanTaskParams) {
	errNoRoute.write(w)
}

// ListAuditEvents is not here yet.
func (a *api) ListAuditEvents(w http.ResponseWriter, _ *http.Request, _ gen.ListAuditEventsParams) {
	errNoRoute.write(w)
}

// ListCredentials is not here yet.
func (a *api) ListCredentials(w http.ResponseWriter, _ *http.Request, _ gen.ListCredentialsParams) {
	errNoRoute.write(w)
}

// ListEnvironmentPolicies is not here yet.
func (a *api) ListEnvironmentPolicies(w http.ResponseWriter, _ *http.Request) { errNoRoute.write(w) }

// GetEnvironmentPolicy is not here yet.
func (a *api) GetEnvironmentPolicy(w http.ResponseWriter, _ *http.Request, _ string) {
	errNoRoute.write(w)
}

// PutEnvironmentPolicy is not here yet.
func (a *api) PutEnvironmentPolicy(w http.ResponseWriter, _ *http.Request, _ string) {
	errNoRoute.write(w)
}

// PreviewEnvironmentPolicy is not here yet.
func (a *api) PreviewEnvironmentPolicy(w http.ResponseWriter, _ *http.Request, _ string) {
	errNoRoute.write(w)
}

// ValidateSpec is not here yet.
func (a *api) ValidateSpec(w http.ResponseWriter, _ *http.Request) { errNoRoute.write(w) }

// CompileSpec is not here yet.
func (a *api) CompileSpec(w http.ResponseWriter, _ *http.Request) { errNoRoute.write(w) }

// ExplainSpec is not here yet.
func (a *api) ExplainSpec(w http.ResponseWriter, _ *http.Request) { errNoRoute.write(w) }

// GraphSpec is not here yet.
func (a *api) GraphSpec(w http.ResponseWriter, _ *http.Request) { errNoRoute.write(w) }

// ReportSpecPolicy is not here yet.
func (a *api) ReportSpecPolicy(w http.ResponseWriter, _ *http.Request) { errNoRoute.write(w) }

// ListSkills is not here yet.
func (a *api) ListSkills(w http.ResponseWriter, _ *http.Request, _ gen.ListSkillsParams) {
	errNoRoute.write(w)
}
