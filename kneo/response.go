package kneo

import "net/http"

// Response is what is known about an answer besides its decoded content; see [WithResponse]. If the answer repeats the key of the client,
// "[redacted]" replaces it here.
type Response struct {
	StatusCode     int         // 0 if there was no answer
	Header         http.Header // nil if there was no answer
	RequestID      string      // the X-Request-ID that the platform echoed, else the one sent
	IdempotencyKey string      // the key that was sent, empty unless the method is POST
	Attempts       int         // how many requests went out, the first one included
	Body           []byte      // the exact bytes of the answer, after decompression; do not change them
}

// describe tells of the last answer to the call, if there was any.
func (call *call) describe() *Response {
	r := &Response{RequestID: call.requestID, IdempotencyKey: call.key, Attempts: call.attempts}
	if resp := call.last.resp; resp != nil {
		secrets := &call.client.secrets
		r.StatusCode, r.Header, r.Body = resp.StatusCode, secrets.header(resp.Header), secrets.body(resp)
		r.RequestID = secrets.text(echoedID(resp, call.requestID), maxSnippet)
	}
	return r
}

// echoedID returns the request id of an answer, else the one that was sent.
func echoedID(resp *http.Response, sent string) string {
	if id := resp.Header.Get(headerRequestID); id != "" {
		return id
	}
	return sent
}
