package kneo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// do makes a call of an operation through the generated client and decodes its answer. About is the id that the answer has
// to be about, empty where there is none.
func do[T any](ctx context.Context, call *call, about string, send func(context.Context, *gen.Client) (*http.Response, error)) (answer *T, err error) {
	c := call.client
	err = c.exchange(ctx, call, func(ctx context.Context) (*http.Response, error) { return send(ctx, c.api) }, func(resp *http.Response) (any, error) {
		answer = new(T)
		if err := wire.Answer(bodyOf(resp), any(answer).(json.Unmarshaler)); err != nil {
			return nil, err
		}
		return answer, verify(answer, bodyOf(resp), about)
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// aboutOne is do for an operation that takes an id and nothing else, and whose answer is about that id.
func aboutOne[T any](ctx context.Context, call *call, id string, send func(*gen.Client, context.Context, string, ...gen.RequestEditorFn) (*http.Response, error)) (*T, error) {
	return do[T](ctx, call, id, func(ctx context.Context, api *gen.Client) (*http.Response, error) { return send(api, ctx, id) })
}

// exchange makes a call and has its answer read, unless that says that the call failed. An error of read means that the answer is
// not the platform's.
func (c *Client) exchange(ctx context.Context, call *call, send func(context.Context) (*http.Response, error), read func(*http.Response) (any, error)) error {
	call.read = true
	resp, err := send(withCall(ctx, call))
	if call.response != nil {
		*call.response = call.describe()
	}
	var answer any
	switch {
	case err != nil:
		err = ours(err)
	case resp.StatusCode >= http.StatusBadRequest:
		err = c.newError(call, resp)
	default:
		if answer, err = read(resp); err != nil {
			answer, err = nil, c.protocolError(call, resp, err)
		}
	}
	call.finish(answer, err)
	return err
}

// ours returns err if it is one of this package, and else what it is: the request could not be built, since what it was
// given cannot be written as JSON.
func ours(err error) error {
	var (
		mistake  *ArgumentError
		answer   *Error
		network  *NetworkError
		protocol *ProtocolError
	)
	if errors.Is(err, ErrUnsupported) || errors.As(err, &answer) || errors.As(err, &mistake) || errors.As(err, &network) || errors.As(err, &protocol) {
		return err
	}
	return argument("body", err.Error())
}
