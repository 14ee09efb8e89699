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
func do[T any](ctx context.Context, call *call, about string, send func(context.Context, *gen.Client) (*http.Response, error)) (*T, error) {
	c := call.client
	resp, err := c.exchange(ctx, call, func(ctx context.Context) (*http.Response, error) { return send(ctx, c.api) })
	if err != nil {
		return nil, err
	}
	answer := new(T)
	if err := wire.Answer(bodyOf(resp), any(answer).(json.Unmarshaler)); err != nil {
		return nil, c.protocolError(call, resp, err)
	}
	if err := verify(answer, bodyOf(resp), about); err != nil {
		return nil, c.protocolError(call, resp, err)
	}
	return answer, nil
}

// aboutOne is do for an operation that takes an id and nothing else, and whose answer is about that id.
func aboutOne[T any](ctx context.Context, call *call, id string, send func(*gen.Client, context.Context, string, ...gen.RequestEditorFn) (*http.Response, error)) (*T, error) {
	return do[T](ctx, call, id, func(ctx context.Context, api *gen.Client) (*http.Response, error) { return send(api, ctx, id) })
}

// exchange makes a call and brings its answer, or an error if that says that the call failed.
func (c *Client) exchange(ctx context.Context, call *call, send func(context.Context) (*http.Response, error)) (*http.Response, error) {
	resp, err := send(withCall(ctx, call))
	if call.response != nil {
		*call.response = call.describe()
	}
	switch {
	case err != nil:
		return nil, ours(err)
	case resp.StatusCode >= http.StatusBadRequest:
		return nil, c.newError(call, resp)
	}
	return resp, nil
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
