package kneo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// Request makes a call that has no method here, such as one of a newer server. It works like all other calls, with the same retries,
// keys, limits and errors.
//
// Path is a path with an optional query, such as "/v1/runs?limit=1", below the URL of the profile. Whole URLs are refused. A body that is
// nil, a []byte, a json.RawMessage or an io.Reader is sent as it is, and any other as JSON. Out, unless it is nil, is a pointer into
// which the JSON of the answer is decoded; a *[]byte gets the bytes of an answer of any content type. As with encoding/json, a number that
// goes into an interface value is a float64, which holds no more than 15 digits: decode into fields, [json.Number] or [json.RawMessage] where
// that matters.
//
// The Response is not nil whenever there was an answer, even if the error is an [*Error].
func (c *Client) Request(ctx context.Context, method, path string, body, out any, opts ...CallOption) (*Response, error) {
	call := c.newCall(gen.FindOperation(method, path), opts)
	bytesOut, wantBytes := out.(*[]byte)
	call.any = out == nil || wantBytes
	var info *Response
	wanted := call.response
	call.response = &info
	err := c.exchange(ctx, call, func(ctx context.Context) (*http.Response, error) {
		if err := checkOut(out); err != nil {
			return nil, err
		}
		req, err := c.newRequest(ctx, method, path, body)
		if err != nil {
			return nil, err
		}
		return c.send(req)
	}, func(*http.Response) (any, error) {
		switch {
		case wantBytes:
			*bytesOut = bytes.Clone(info.Body)
		case out != nil:
			if err := wire.Decode(info.Body, out); err != nil {
				return nil, &quotingError{err}
			}
		}
		return nil, nil
	})
	if wanted != nil {
		*wanted = info
	}
	if err != nil && info.StatusCode == 0 {
		info = nil
	}
	return info, err
}

// checkOut refuses what nothing can be decoded into, before the call has had its effect.
func checkOut(out any) error {
	if v := reflect.ValueOf(out); v.IsValid() && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return argument("out", fmt.Sprintf("a pointer to where the answer is to go is due, or nil if it does not matter; it is a %T", out))
	}
	return nil
}

func (c *Client) newRequest(ctx context.Context, method, path string, body any) (*http.Request, error) {
	target, err := c.resolve(path)
	if err != nil {
		return nil, err
	}
	content, err := contentOf(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), content)
	if err != nil {
		return nil, argument("method", "the method is not one of HTTP")
	}
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// resolve puts path below the URL of the profile.
func (c *Client) resolve(path string) (*url.URL, error) {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return nil, argument("path", "it must begin with one slash, such as /v1/runs; the address of the platform is the profile's")
	}
	ref, err := url.Parse(path)
	if err != nil || ref.Fragment != "" {
		return nil, argument("path", "it is not the path of a URL")
	}
	for _, segment := range strings.Split(ref.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, argument("path", "it has a segment of dots")
		}
	}
	target := c.origin.JoinPath(ref.EscapedPath())
	target.RawQuery = ref.RawQuery
	return target, nil
}

func contentOf(body any) (io.Reader, error) {
	switch body := body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return bytes.NewReader(body), nil
	case json.RawMessage:
		return bytes.NewReader(body), nil
	case io.Reader:
		return body, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, argument("body", err.Error())
	}
	return bytes.NewReader(encoded), nil
}
