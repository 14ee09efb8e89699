package kneo

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"sync"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// HumanTasksService decides what blocked runs wait for. A task is there only while it waits: once it was decided or has expired, or
// its run was cancelled, it is [ErrNotFound].
type HumanTasksService struct{ service }

// Approve passes the input of the step on. Like the other decisions it is for [HumanTasksService.Resume], which fills in the id of
// the request.
func Approve() HumanResumeRequest { return HumanResumeRequest{Decision: DecisionApproved} }

// Reject passes on the words of a rejection, with the reason. The run goes on with them: the platform does not fail it.
func Reject(reason string) HumanResumeRequest {
	return HumanResumeRequest{Decision: DecisionRejected, Content: reason}
}

// Edit passes on a corrected text.
func Edit(text string) HumanResumeRequest {
	return HumanResumeRequest{Decision: DecisionEdited, Content: text}
}

// Select passes on one of the options of the task.
func Select(option string) HumanResumeRequest {
	return HumanResumeRequest{Decision: DecisionSelected, SelectedOption: option}
}

// Provide passes on a text that was asked for.
func Provide(text string) HumanResumeRequest {
	return HumanResumeRequest{Decision: DecisionProvided, Content: text}
}

// List returns one page of the tasks that wait, by default 100 of them, in no order unless one is asked for. The filter Status is from
// server 0.8.0.
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

// Get returns what a task asks, and what was said before it. Its run and its deadline are in the list only.
func (s *HumanTasksService) Get(ctx context.Context, id string, opts ...CallOption) (*HumanTaskDetail, error) {
	return aboutOne[HumanTaskDetail](ctx, s.newCall(gen.OpGetHumanTask, opts), id, (*gen.Client).GetHumanTask)
}

// Resume decides a task, and answers when its run has ended or is blocked again: see its Status, and [gen.HumanResumed.NextContinuationID]
// for the next task. By default such a call has no timeout but its context.
//
// A decision without RequestID, such as [Approve] makes, gets that of the task, which is looked at first: one that is gone is
// [ErrNotFound], and an option that the task does not have is an [*ArgumentError]. The platform itself checks neither the id nor the
// option. A task past its deadline is [ErrHumanTaskExpired], with Details.ContinuationID and Details.ExpiresAt, from server 1.1.0 on.
// If the next step of the run fails, its error is returned, and the task stays, to be decided again.
func (s *HumanTasksService) Resume(ctx context.Context, id string, decision HumanResumeRequest, opts ...CallOption) (*HumanResumed, error) {
	if decision.RequestID == "" {
		task, err := s.Get(ctx, id, opts...)
		if err != nil {
			return nil, err
		}
		if decision, err = decide(decision, task.Request); err != nil {
			return nil, err
		}
	}
	return do[HumanResumed](ctx, s.newCall(gen.OpResumeHumanTask, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ResumeHumanTask(ctx, id, nil, decision)
	})
}

// decide completes a decision from the request that it is about.
func decide(decision HumanResumeRequest, request *HumanRequest) (HumanResumeRequest, error) {
	if request == nil {
		return decision, argument("decision", "the task has no request to take the id from; set RequestID")
	}
	decision.RequestID = request.ID
	if decision.Decision == DecisionSelected && len(request.Options) > 0 && !slices.Contains(request.Options, decision.SelectedOption) {
		return decision, argument("SelectedOption", fmt.Sprintf("the task does not have this option; it has %q", request.Options))
	}
	return decision, nil
}

// ResumeFirstPending decides, of the tasks that match, the one whose deadline comes first; tasks without a deadline come after those
// with one, and escalated tasks are passed over. It returns nil, and no error, when no task waits. A task that somebody else decides at
// the same time is [ErrNotFound] or [ErrConflict]: call again.
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
		if decision, err = decide(decision, first.PendingHumanRequest); err != nil {
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

// HumanTaskResult is what the decision of one of many tasks came to; see [HumanTasksService.ResumeMany].
type HumanTaskResult struct {
	ContinuationID string
	Resumed        *HumanResumed // nil if it failed
	Err            error
}

// resumeWidth is how many tasks are decided at a time. Each decision runs the rest of a workflow, on the platform's one event loop.
const resumeWidth = 4

// ResumeMany decides many tasks in the same way, four at a time, and returns a result for each, in the order of the ids. One that fails
// does not keep the others from being decided. Do not give it an idempotency key, which would be for one of them. [WithResponse] has
// no effect.
func (s *HumanTasksService) ResumeMany(ctx context.Context, ids []string, decision HumanResumeRequest, opts ...CallOption) []HumanTaskResult {
	opts = append(slices.Clip(opts), WithResponse(nil)) // many at once cannot all fill it
	results := make([]HumanTaskResult, len(ids))
	places := make(chan struct{}, resumeWidth)
	var done sync.WaitGroup
	for i, id := range ids {
		places <- struct{}{}
		done.Go(func() {
			resumed, err := s.Resume(ctx, id, decision, opts...)
			results[i] = HumanTaskResult{ContinuationID: id, Resumed: resumed, Err: err}
			<-places
		})
	}
	done.Wait()
	return results
}

// All goes through all tasks that match, a page at a time as they are taken, of params.Limit tasks each (100 if zero, 1,000 at the
// most). Tasks that come and go meanwhile can move others; sorted by expires_at that happens less. It ends with a [*WindowError] if
// there are more than the platform gives, 10,000.
func (s *HumanTasksService) All(ctx context.Context, params HumanTaskListParams, opts ...CallOption) iter.Seq2[HumanTask, error] {
	return walk(ctx, opts, gen.OpListHumanTasks, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[HumanTask], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.List(ctx, params, opts...)
	})
}
