package kneo

import (
	"context"
	"errors"
)

// FindBySession returns the runs that were created with a session id, oldest first; if there are none, that is not an error. With it, a
// program that crashed between sending a create and storing the answer can find its run again.
//
// Lists hide the session id, so each run that is found is read again to check it. From server 1.1.0.
func (s *RunsService) FindBySession(ctx context.Context, sessionID string, opts ...CallOption) ([]*Run, error) {
	if sessionID == "" {
		return nil, argument("sessionID", "it is empty, which would find every run")
	}
	var runs []*Run
	for row, err := range s.All(ctx, RunListParams{SessionID: sessionID, Limit: maxPage}, opts...) {
		if err != nil {
			return nil, err
		}
		run, err := s.Get(ctx, row.RunID, opts...)
		switch {
		case errors.Is(err, ErrNotFound):
			continue // removed meanwhile
		case err != nil:
			return nil, err
		}
		if run.SessionID == sessionID {
			runs = append(runs, run)
		}
	}
	return runs, nil
}
