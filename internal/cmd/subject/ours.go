package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// ours is this library, with its defaults.
type ours struct {
	*kneo.Client
	task *task.Task
}

func newOurs(t *task.Task) (*ours, error) {
	profile := profiles.Profile{Name: "reliability", URL: t.URL, APIKey: profiles.NewSecret(t.APIKey)}
	// Of which version the fault server is need not be asked: what is counted is the requests of the calls.
	options := []kneo.Option{kneo.WithResolvedProfile(profile), kneo.WithServerVersion("1.2.0")}
	if t.Timeout > 0 {
		options = append(options, kneo.WithTimeout(task.Seconds(t.Timeout)))
	}
	client, err := kneo.NewClient(options...)
	return &ours{client, t}, err
}

func (o *ours) call(ctx context.Context, op, key string, c *faulttest.Call) {
	var info *kneo.Response
	err := o.run(ctx, op, key, &info, c)
	if info != nil {
		c.Attempts = info.Attempts
	}
	if err == nil {
		c.Outcome = faulttest.OK
		return
	}
	c.Outcome, c.ErrorKey = judge(err)
	c.Error, c.Kind = err.Error(), fmt.Sprintf("%T", err)
}

func (o *ours) run(ctx context.Context, op, key string, info **kneo.Response, c *faulttest.Call) error {
	options := []kneo.CallOption{kneo.WithResponse(info)}
	switch op {
	case "create", "create-sync":
		if key != "" {
			options = append(options, kneo.WithIdempotencyKey(key))
		}
		created, err := o.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hi", SessionID: key, Spec: agent, AsyncMode: op == "create"}, options...)
		if err == nil {
			c.RunID, c.Status = created.RunID, string(created.Status)
		}
		return err
	case "get":
		run, err := o.Platform.Runs.Get(ctx, key, options...)
		return keep(c, run, err)
	case "cancel":
		run, err := o.Platform.Runs.Cancel(ctx, key, options...)
		return keep(c, run, err)
	case "wait":
		run, err := o.Platform.Runs.WaitForCompletion(ctx, key, o.waitOptions()...)
		return keep(c, run, err)
	}
	return fmt.Errorf("there is no operation %q", op)
}

func (o *ours) waitOptions() []kneo.WaitOption {
	switch {
	case o.task.Interval > 0:
		return []kneo.WaitOption{kneo.WithPollInterval(task.Seconds(o.task.Interval))}
	case o.task.Interval < 0:
		return []kneo.WaitOption{kneo.WithPollInterval(0)}
	}
	return nil
}

func keep(c *faulttest.Call, run *kneo.Run, err error) error {
	if err == nil {
		c.RunID, c.Status = run.RunID, string(run.Status)
	}
	return err
}

// judge returns what an error says of the effect of the call, and the idempotency key that it names.
func judge(err error) (outcome faulttest.Outcome, key string) {
	said := kneo.OutcomeUnknown
	var answer *kneo.Error
	var network *kneo.NetworkError
	var protocol *kneo.ProtocolError
	switch {
	case errors.As(err, &network):
		said, key = network.Outcome, network.IdempotencyKey
	case errors.As(err, &answer):
		said, key = answer.Outcome(), answer.IdempotencyKey
	case errors.As(err, &protocol):
		key = protocol.IdempotencyKey
	}
	if said == kneo.OutcomeUnknown {
		return faulttest.Unknown, key
	}
	return faulttest.Failed, key
}
