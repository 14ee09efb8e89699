package kneootel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// kind is a kind of errors, with the error.type that spans and metrics give it.
type kind struct {
	name string
	fits func(error) bool
	// tellable says that the text of such an error is made by this side: it has addresses and names, and nothing that was sent or answered.
	tellable bool
}

// kinds are tried in this order, since errors have others in them. That of the platform's answers, *kneo.Error, has the status for a name.
var kinds = []kind{
	{"kneo.UnsupportedError", is[*kneo.UnsupportedError], true},
	{"kneo.WaitTimeoutError", is[*kneo.WaitTimeoutError], false},
	{"kneo.WaitCanceledError", is[*kneo.WaitCanceledError], false},
	// Before the answer: a call whose time runs out between two attempts has the answer to the last one in its error.
	{"context.Canceled", isError(context.Canceled), true},
	{"context.DeadlineExceeded", isError(context.DeadlineExceeded), true},
	{"", is[*kneo.Error], false},
	{"kneo.RedirectError", is[*kneo.RedirectError], false},
	{"kneo.BodyTooLargeError", is[*kneo.BodyTooLargeError], false},
	{"kneo.ProtocolError", is[*kneo.ProtocolError], false},
	{"kneo.ArgumentError", is[*kneo.ArgumentError], false},
	{"kneo.NetworkError", is[*kneo.NetworkError], false}, // what it was, the span of the attempt says
	{"net.DNSError", is[*net.DNSError], true},
	{"tls.CertificateVerificationError", is[*tls.CertificateVerificationError], true},
	{"tls.RecordHeaderError", is[tls.RecordHeaderError], true},
	{"syscall.ECONNREFUSED", isError(syscall.ECONNREFUSED), true},
	{"syscall.ECONNRESET", isError(syscall.ECONNRESET), true},
	{"syscall.EPIPE", isError(syscall.EPIPE), true},
	{"net.OpError", is[*net.OpError], true},
	{"io.ErrUnexpectedEOF", isError(io.ErrUnexpectedEOF), true},
	{"io.EOF", isError(io.EOF), true},
}

func as[E error](err error) (found E, ok bool) {
	ok = errors.As(err, &found)
	return found, ok
}

func is[E error](err error) bool {
	_, ok := as[E](err)
	return ok
}

func isError(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func kindOf(err error) kind {
	for _, k := range kinds {
		if k.fits(err) {
			return k
		}
	}
	return kind{name: typeName(err)}
}

// errorType is the error.type of an error: the status that the platform answered, or a type. It is empty for nil.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if name := kindOf(err).name; name != "" {
		return name
	}
	answer, _ := as[*kneo.Error](err)
	return strconv.Itoa(answer.StatusCode)
}

// otherError stands for errors of no type that says anything.
const otherError = "_OTHER"

// typeName names the type of an error that came from elsewhere, such as a function of the user's.
func typeName(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		name := strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
		pkg, bare, _ := strings.Cut(name, ".")
		switch {
		case pkg == "errors" || pkg == "fmt": // of errors.New and its like
		case pkg == "kneo" && strings.ToLower(bare[:1]) == bare[:1]: // wrappers that only the library knows
		default:
			return name
		}
	}
	return otherError
}

// description is what the status of a span says of an error, beside its error.type: the text of what the network or this side did. Texts of
// anybody else, such as the message of the platform, may quote what was sent, or be a piece of a body. The error itself has them.
func description(err error) string {
	if network, ok := as[*kneo.NetworkError](err); ok {
		err = network.Err
	}
	if err == nil || is[*kneo.Error](err) || !kindOf(err).tellable {
		return ""
	}
	return clean(err.Error(), maxDescription)
}
