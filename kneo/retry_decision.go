package kneo

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
)

// outcome is what one attempt came to.
type outcome int

const (
	answered   outcome = iota // the platform has said what there is to say
	final                     // no answer, and none to be had by asking again
	transient                 // worth another attempt
	inProgress                // another request with the same idempotency key is still at work
)

// classify judges an attempt. This is the place where it is decided what is worth a retry.
func classify(call *call, resp *http.Response, err error) outcome {
	if err != nil {
		if permanent(err) {
			return final
		}
		return transient
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return transient
	case http.StatusConflict:
		if call.key != "" && errorCode(bodyOf(resp)) == CodeIdempotencyKeyInProgress {
			return inProgress
		}
	}
	if resp.StatusCode >= http.StatusInternalServerError {
		// Final, and no sign of health that would earn a refund of the budget.
		return final
	}
	return answered
}

// permanent reports whether err would come again: our own refusals, an answer over its limit, a certificate that does not
// fit, a server that does not speak TLS, anything else that did not come from the network.
func permanent(err error) bool {
	attempt := asAttempt(err)
	if attempt == nil {
		return true
	}
	var tooLarge *BodyTooLargeError
	if errors.As(err, &tooLarge) || isTLSAlert(err) {
		return true
	}
	if attempt.sent {
		return false
	}
	return isTLSFailure(err) || !isNetFailure(err)
}

func isTLSFailure(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
		header       tls.RecordHeaderError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) ||
		errors.As(err, &invalid) || errors.As(err, &header)
}

// isTLSAlert reports whether the other side ended a connection for a reason of TLS, such as a client certificate that it wants. That
// can come after the request has been sent. The type of crypto/tls for it is not exported.
func isTLSAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// isProxyRefusal reports whether a proxy wants another user or password. Package net/http has no type for it, only the text of the status.
func isProxyRefusal(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err.Error() == http.StatusText(http.StatusProxyAuthRequired) {
			return true
		}
	}
	return false
}

// isNetFailure reports whether err is of the network rather than of the request: a timeout, a refusal, a failing name server.
func isNetFailure(err error) bool {
	var network net.Error // syscall.Errno is one
	return isTimeout(err) || errors.As(err, &network) || isCutOff(err)
}

// isDialFailure reports whether err says that there was no connection to begin with.
func isDialFailure(err error) bool {
	var op *net.OpError
	var lookup *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &lookup) || isTLSFailure(err)
}

// asAttempt returns the attemptError within err, nil if the error did not come from an attempt.
func asAttempt(err error) *attemptError {
	var attempt *attemptError
	errors.As(err, &attempt)
	return attempt
}

// maybeSent reports whether the attempt, which failed, may still have had its effect.
func maybeSent(resp *http.Response, err error) bool {
	if err != nil {
		attempt := asAttempt(err)
		return attempt != nil && attempt.sent
	}
	return resp.StatusCode >= http.StatusInternalServerError || resp.StatusCode == http.StatusConflict
}

// errorCode returns the code in the body of an error, empty if it has none.
func errorCode(body []byte) ErrorCode {
	var shape struct {
		Detail struct {
			Error ErrorCode `json:"error"`
		} `json:"detail"`
	}
	if json.Unmarshal(body, &shape) != nil {
		return ""
	}
	return shape.Detail.Error
}

func statusOf(resp *http.Response) int {
	if resp == nil {
		return 0
	}
	return resp.StatusCode
}
