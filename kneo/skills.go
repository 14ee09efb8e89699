package kneo

import (
	"context"
	"iter"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// SkillsService lists the skills that agents can be given.
type SkillsService struct{ service }

// List returns one page of the skills that the server finds in its folders, by default the first 100 by name. From server 0.8.0.
func (s *SkillsService) List(ctx context.Context, params SkillListParams, opts ...CallOption) (*Page[Skill], error) {
	list, err := do[gen.SkillList](ctx, s.newCall(gen.OpListSkills, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListSkills(ctx, &params)
	})
	if err != nil {
		return nil, err
	}
	return &Page[Skill]{
		Items: list.Skills, Total: list.Total, Limit: list.Limit, Offset: list.Offset, Window: list.Window,
		SortBy: list.SortBy, SortOrder: string(list.SortOrder),
	}, nil
}

// All yields all skills. It reads them as you take them, in pages of params.Limit skills (100 if zero, at most 1,000). From server 0.8.0.
func (s *SkillsService) All(ctx context.Context, params SkillListParams, opts ...CallOption) iter.Seq2[Skill, error] {
	return walk(ctx, opts, gen.OpListSkills, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[Skill], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.List(ctx, params, opts...)
	})
}
