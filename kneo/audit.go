package kneo

import (
	"context"
	"iter"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// AuditService lists who did what. Calls that the platform refused, and synchronous runs that failed, leave no event.
type AuditService struct{ service }

// List returns one page of the matching audit events, by default the latest 100, latest first. Offset, SortBy and SortOrder need server
// 0.6.0. Older servers do not say how many events there are, either.
func (s *AuditService) List(ctx context.Context, params AuditListParams, opts ...CallOption) (*Page[AuditEvent], error) {
	list, err := do[gen.AuditEventList](ctx, s.newCall(gen.OpListAuditEvents, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListAuditEvents(ctx, &params)
	})
	if err != nil {
		return nil, err
	}
	return &Page[AuditEvent]{
		Items: list.Events, Total: list.Total, Limit: list.Limit, Offset: list.Offset, Window: list.Window,
		SortBy: list.SortBy, SortOrder: string(list.SortOrder),
	}, nil
}

// All yields all matching events. It reads them as you take them, in pages of params.Limit events (100 if zero, at most 1,000). The
// oldest event comes first unless params say otherwise, so new events come last and do not shift others.
//
// The platform lists the latest 10,000 matching events, whatever the order. If there are more, the walk yields those and ends with a
// [*WindowError]; events that are added meanwhile can push others out of its reach. In that case narrow it by EventType or RunID. From
// server 0.6.0.
func (s *AuditService) All(ctx context.Context, params AuditListParams, opts ...CallOption) iter.Seq2[AuditEvent, error] {
	if params.SortBy == "" && params.SortOrder == "" {
		params.SortBy, params.SortOrder = "created_at", SortAscending
	}
	return walk(ctx, opts, gen.OpListAuditEvents, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[AuditEvent], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.List(ctx, params, opts...)
	})
}
