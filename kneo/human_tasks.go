package kneo

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// HumanTasksService lists and decides the human tasks that blocked runs wait for. A task exists only while it waits: once it is decided
// or has expired, or its run is cancelled, it is [ErrNotFound].
type HumanTasksService struct{ service }

// Approve is the decision that passes on the input of the step. Like the other decisions it is for [HumanTasksService.Resume], which
// fills in the id of the request.
func Approve() HumanResumeRequest { return HumanResumeRequest{Decision: DecisionApproved} }

// Reject is the decision that passes on a text which says that a person rejected it, with the reason. The run goes on with that text: the
// platform does not fail it.
func Reject(reason string) HumanResumeRequest {
	return HumanResumeRequest{Decision: DecisionRejected, Content: reason}
}

// Edit is the decision that passes on a corrected text.
func Edit(text string) HumanResumeRequest {
	return HumanResumeRequest{Decision: DecisionEdited, Content: text}
}

// Select is the decision that passes on one of the options of the task.
func Select(option string) HumanResumeRequest {
	return HumanResumeRequest{Decision: DecisionSelected, SelectedOption: option}
}

// Provide is the decision that passes on a text that was asked for.
func Provide(text string) HumanResumeRequest {
	return HumanResumeRequest{Decision: DecisionProvided, Content: text}
}

// List returns one page of the waiting tasks, by default 100 of them, in random order unless params ask for another. The filter Status
// needs server 0.8.0.
func (s *HumanTasksService) List(ctx context.Context, params HumanTaskListParams, opts ...CallOption) (*Page[HumanTask], error) {
	list, err := do[gen.HumanTaskList](ctx, s.newCall(gen.OpListHumanTasks, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListHumanTasks(ctx, &params)
	})
	if err != nil {
		return nil, err
	}
	return &Page[HumanTask]{
		Items: list.Tasks, Total: list.Total, Limit: list.Limit, Offset: list.Offset, Window: list.Window,
		SortBy: list.SortBy, SortOrder: string(list.SortOrder),
	}, nil
}

// Get returns what a task asks, and the conversation before it. Its run and its deadline are only in the list.
func (s *HumanTasksService) Get(ctx context.Context, id string, opts ...CallOption) (*HumanTaskDetail, error) {
	return aboutOne[HumanTaskDetail](ctx, s.newCall(gen.OpGetHumanTask, opts), id, (*gen.Client).GetHumanTask)
}

// Resume decides a task, and returns when its run has ended or is blocked again: see Status in the result, and
// [gen.HumanResumed.NextContinuationID] for the next task. By default only the context limits such a call.
//
// If the decision has no RequestID, as those that [Approve] and the like return, Resume looks at the task first and takes its id from
// there: a task that is gone is [ErrNotFound], and an option that the task does not have is an [*ArgumentError]. The platform itself
// checks neither the id nor the option. From server 1.1.0 on, a task past its deadline is [ErrHumanTaskExpired], with
// Details.ContinuationID and Details.ExpiresAt. If the next step of the run fails, its error is returned, and the task stays and can be
// decided again.
func (s *HumanTasksService) Resume(ctx context.Context, id string, decision HumanResumeRequest, opts ...CallOption) (*HumanResumed, error) {
	if decision.RequestID == "" {
		task, err := s.Get(ctx, id, opts...)
		if err != nil {
			return nil, err
		}
		if decision, err = s.decide(decision, task.Request); err != nil {
			return nil, err
		}
	}
	return do[HumanResumed](ctx, s.newCall(gen.OpResumeHumanTask, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ResumeHumanTask(ctx, id, nil, decision)
	})
}

// decide completes a decision from the request that it is about.
func (s *HumanTasksService) decide(decision HumanResumeRequest, request *HumanRequest) (HumanResumeRequest, error) {
	if request == nil {
		return decision, argument("decision", "the task has no request to take the id from; set RequestID")
	}
	decision.RequestID = request.ID
	if decision.Decision == DecisionSelected && len(request.Options) > 0 && !slices.Contains(request.Options, decision.SelectedOption) {
		return decision, argument("SelectedOption", "the task does not have this option; it has "+s.client.secrets.text(fmt.Sprintf("%q", request.Options), maxSnippet))
	}
	return decision, nil
}

// ResumeFirstPending decides the matching task whose deadline comes first. Tasks without a deadline come after those with one, and
// escalated tasks are skipped. It returns nil and no error if no task waits. If somebody else decides the task at the same time, the
// error is [ErrNotFound] or [ErrConflict]: call again.
func (s *HumanTasksService) ResumeFirstPending(ctx context.Context, decision HumanResumeRequest, params HumanTaskListParams, opts ...CallOption) (*HumanResumed, error) {
	params.Limit = maxPage
	// A server before 0.8.0 has no such filter; escalated looks itself.
	if has, err := s.client.serverHas(ctx, gen.OpListHumanTasks, "status"); has || err != nil {
		params.Status = TaskPending
	}
	var first *HumanTask
	for task, err := range s.All(ctx, params, opts...) {
		if err != nil {
			return nil, err
		}
		if !escalated(&task) && (first == nil || byDeadline(task, *first) < 0) {
			first = &task
		}
	}
	if first == nil {
		return nil, nil //nolint:nilnil // there is nothing to do, which is no error
	}
	if decision.RequestID == "" {
		var err error
		if decision, err = s.decide(decision, first.PendingHumanRequest); err != nil {
			return nil, err
		}
	}
	return s.Resume(ctx, first.ContinuationID, decision, opts...)
}

func escalated(task *HumanTask) bool {
	return task.PendingHumanRequest != nil && !task.PendingHumanRequest.EscalatedAt.IsZero()
}

// byDeadline orders tasks by their deadlines, those without one last.
func byDeadline(a, b HumanTask) int {
	if a.ExpiresAt.IsZero() != b.ExpiresAt.IsZero() {
		if b.ExpiresAt.IsZero() {
			return -1
		}
		return 1
	}
	return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.ContinuationID, b.ContinuationID))
}

// HumanTaskResult is the result of deciding one of many tasks; see [HumanTasksService.ResumeMany].
type HumanTaskResult struct {
	ContinuationID string
	Resumed        *HumanResumed // nil if it failed
	Err            error
}

// resumeWidth is how many tasks are decided at a time. Each decision runs the rest of a workflow, on the platform's one event loop.
const resumeWidth = 4

// ResumeMany decides many tasks in the same way, four at a time, and returns a result for each, in the order of the ids. If one fails,
// the others are still decided. Do not give it an idempotency key: a key can be for one of them only. [WithResponse] has no effect.
func (s *HumanTasksService) ResumeMany(ctx context.Context, ids []string, decision HumanResumeRequest, opts ...CallOption) []HumanTaskResult {
	opts = append(slices.Clip(opts), WithResponse(nil)) // many at once cannot all fill it
	results := make([]HumanTaskResult, len(ids))
	inParallel(len(ids), resumeWidth, func(i int) {
		resumed, err := s.Resume(ctx, ids[i], decision, opts...)
		results[i] = HumanTaskResult{ContinuationID: ids[i], Resumed: resumed, Err: err}
	})
	return results
}

// All yields all matching tasks. It reads them as you take them, in pages of params.Limit tasks (100 if zero, at most 1,000). Tasks that
// come and go meanwhile can shift others; that happens less when they are sorted by expires_at. It ends with a [*WindowError] if there
// are more than the platform gives, 10,000.
func (s *HumanTasksService) All(ctx context.Context, params HumanTaskListParams, opts ...CallOption) iter.Seq2[HumanTask, error] {
	return walk(ctx, opts, gen.OpListHumanTasks, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[HumanTask], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.List(ctx, params, opts...)
	})
}
