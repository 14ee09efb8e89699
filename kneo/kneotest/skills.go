package kneotest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// ListSkills answers with one page of the skills of [WithSkill].
func (a *api) ListSkills(w http.ResponseWriter, req *http.Request, _ gen.ListSkillsParams) {
	p := pageOf(req.URL.Query(), "name", "asc")
	rows := cut(p, slices.Clone(a.skills), map[string]func(a, b gen.Skill) int{
		"name": func(a, b gen.Skill) int { return cmp.Compare(a.Name, b.Name) },
	}[p.sortBy])
	list := p.envelope(len(rows), len(a.skills))
	list["skills"] = present(rows)
	writeBody(w, http.StatusOK, encode(list))
}

// declares fails a request that adds skills which the spec does not have.
func (s *spec) declares(overlay *gen.SkillsOverlay) error {
	if overlay == nil || s.scripted {
		return nil
	}
	unknown := slices.DeleteFunc(slices.Sorted(slices.Values(overlay.Add)), func(name string) bool { return hasKey(s.Skills, name) })
	if len(unknown) > 0 {
		return valueError("skills overlay 'add' references undeclared skill(s): %s", strings.Join(unknown, ", "))
	}
	return nil
}
