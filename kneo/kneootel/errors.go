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
	// find looks for such an error in another one, and returns its own text. What is around it may be by anybody.
	find func(error) (text string, ok bool)
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
	{"syscall.ECONNREFUSED", isNumber(syscall.ECONNREFUSED), true},
	{"syscall.ECONNRESET", isNumber(syscall.ECONNRESET), true},
	{"syscall.EPIPE", isNumber(syscall.EPIPE), true},
	{"net.OpError", is[*net.OpError], true},
	{"io.ErrUnexpectedEOF", isError(io.ErrUnexpectedEOF), true},
	{"io.EOF", isError(io.EOF), true},
}

func as[E error](err error) (found E, ok bool) {
	ok = errors.As(err, &found)
	return found, ok
}

func is[E error](err error) (text string, ok bool) {
	found, ok := as[E](err)
	if !ok {
		return "", false
	}
	text = found.Error()
	if !strings.Contains(err.Error(), text) {
		text = "" // the error does not show it, since it may have a key
	}
	return text, true
}

func isError(target error) func(error) (string, bool) {
	return func(err error) (string, bool) { return target.Error(), errors.Is(err, target) }
}

// isNumber is isError for a number of the system's. The operation that it ended has a text that says more.
func isNumber(number syscall.Errno) func(error) (string, bool) {
	return func(err error) (string, bool) {
		text, ok := is[*net.OpError](err)
		if !ok {
			text = number.Error()
		}
		return text, errors.Is(err, number)
	}
}

func kindOf(err error) (k kind, text string) {
	for _, k := range kinds {
		if text, ok := k.find(err); ok {
			return k, text
		}
	}
	return kind{name: typeName(err)}, ""
}

// errorType is the error.type of an error: the status that the platform answered, or a type. It is empty for nil.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if k, _ := kindOf(err); k.name != "" {
		return k.name
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
// anybody else, such as the message of the platform or what a transport puts around an error of the network, may quote what was sent, or be a piece
// of a body. The error itself has them.
func description(err error) string {
	if network, ok := as[*kneo.NetworkError](err); ok {
		err = network.Err
	}
	if _, answered := as[*kneo.Error](err); err == nil || answered {
		return ""
	}
	k, text := kindOf(err)
	if !k.tellable {
		return ""
	}
	return clean(text, maxDescription)
}
