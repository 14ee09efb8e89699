package kneo

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// loggedHeaders are those of an answer that a log may have. All others, and those of requests, stay out: nobody knows what a
// proxy puts there.
var loggedHeaders = []string{"Content-Type", "Content-Length", "Date", "Retry-After", "Server", "Via"}

// logHooks write the records of [WithLogger].
func logHooks(logger *slog.Logger) Hooks {
	return Hooks{
		Call: func(ctx context.Context, call CallStart) (context.Context, func(CallEnd)) {
			if !logger.Enabled(ctx, slog.LevelDebug) {
				return ctx, nil
			}
			begun := time.Now()
			return ctx, func(end CallEnd) {
				logEnd(ctx, logger, "kneo: call", begun, end.Err, slog.String("method", call.Method), slog.String("route", call.Route),
					slog.Int("status", end.StatusCode), slog.Int("attempts", end.Attempts), slog.String("request_id", end.RequestID))
			}
		},
		Attempt: func(ctx context.Context, attempt AttemptStart) (context.Context, func(AttemptEnd)) {
			if !logger.Enabled(ctx, slog.LevelDebug) {
				return ctx, nil
			}
			begun := time.Now()
			return ctx, func(end AttemptEnd) {
				logEnd(ctx, logger, "kneo: attempt", begun, end.Err, slog.String("method", attempt.Method), slog.String("route", attempt.Route),
					slog.Int("status", end.StatusCode), slog.Int("attempt", attempt.Attempt), slog.String("request_id", attempt.RequestID), headerAttr(end.Header))
			}
		},
		Wait: func(ctx context.Context, wait WaitStart) (context.Context, func(WaitEnd)) {
			if !logger.Enabled(ctx, slog.LevelDebug) {
				return ctx, nil
			}
			begun := time.Now()
			return ctx, func(end WaitEnd) {
				logEnd(ctx, logger, "kneo: wait", begun, end.Err, slog.String("method", wait.Method), slog.Int("runs", wait.Runs), slog.Int("ended", end.Ended),
					slog.Int("looks", end.Looks))
			}
		},
	}
}

// logEnd writes one record of something that began at a time and has ended.
func logEnd(ctx context.Context, logger *slog.Logger, message string, begun time.Time, err error, attrs ...slog.Attr) {
	attrs = append(attrs, slog.Duration("duration", time.Since(begun)))
	if err != nil {
		attrs = append(attrs, slog.String("error", reason(err)))
	}
	logger.LogAttrs(ctx, slog.LevelDebug, message, attrs...)
}

// reason says why something failed, in words of the client's or of the network's, or in the platform's one for it. What else the other side wrote
// may quote a body, and has no place in a log: whoever gets the error decides what becomes of it.
func reason(err error) string {
	var (
		timeout     *WaitTimeoutError
		canceled    *WaitCanceledError
		cut         *interruptedError
		unsupported *UnsupportedError
		unlearned   *unlearnedError
		mistake     *ArgumentError
		answer      *Error
		quoting     *quotingError
		network     *NetworkError
		protocol    *ProtocolError
	)
	switch {
	case errors.As(err, &timeout):
		return context.DeadlineExceeded.Error()
	case errors.As(err, &canceled):
		return context.Canceled.Error()
	case errors.As(err, &cut):
		return "the context ended, after " + reasonBefore(cut)
	case errors.As(err, &unsupported):
		return unsupported.What + " needs kneo-serv " + unsupported.Needs
	case errors.As(err, &mistake):
		return mistake.Name + " makes no sense"
	case errors.As(err, &unlearned):
		return unlearned.need.what + " needs kneo-serv " + unlearned.need.since + ", and the version could not be learned: " + reason(unlearned.err)
	case errors.As(err, &answer):
		return cmp.Or(string(answer.Code), statusText(answer.StatusCode))
	case errors.As(err, &network):
		return wordsOf(network.Err, network.text)
	case errors.As(err, &protocol) && errors.As(err, &quoting):
		return wordsOf(quoting.err, protocol.text)
	case errors.As(err, &protocol):
		return protocol.text
	}
	return wordsOf(err, err.Error())
}

// reasonBefore is the reason of what was wrong before a context ended.
func reasonBefore(cut *interruptedError) string {
	var answer *Error
	if errors.As(cut.trouble, &answer) {
		return fmt.Sprintf("status %d", answer.StatusCode)
	}
	return wordsOf(cut.trouble, cut.text)
}

// wordsOf returns what may be told of an error that is none of the client's own, and of which the user is shown a text.
func wordsOf(by error, shown string) string {
	if words := detailOf(by); words != "" && strings.Contains(shown, words) { // else they have something that the error does not show, such as a key
		return words
	}
	for _, known := range []error{
		context.DeadlineExceeded, context.Canceled, os.ErrDeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, http.ErrSchemeMismatch,
	} {
		if errors.Is(by, known) {
			return known.Error()
		}
	}
	if isTimeout(by) {
		return "time ran out"
	}
	return "details withheld: see the error that the call returned"
}

// detailOf returns what the network or the client says in an error: addresses, names and numbers. It is empty if there is nothing of theirs in
// it. What surrounds that, from a transport or a function of the user's, may say anything, and stays out of the log.
func detailOf(err error) string {
	var (
		large       *BodyTooLargeError
		operation   *net.OpError
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		number      syscall.Errno
		late        *attemptTimeoutError
	)
	switch {
	case errors.As(err, &late):
		return late.Error()
	case errors.As(err, &large):
		return large.Error()
	case errors.As(err, &operation):
		return operation.Error()
	case errors.As(err, &name):
		return name.Error()
	case errors.As(err, &certificate):
		return certificate.Error()
	case errors.As(err, &record):
		return record.Error()
	case errors.As(err, &number):
		return number.Error()
	case err.Error() == "http: server closed idle connection": // which net/http has no name for
		return err.Error()
	}
	return ""
}

// headerAttr is the group of those headers that may be logged.
func headerAttr(header http.Header) slog.Attr {
	var attrs []any
	for _, name := range loggedHeaders {
		if value := header.Get(name); value != "" {
			attrs = append(attrs, slog.String(name, printable(value, maxSnippet)))
		}
	}
	return slog.Group("header", attrs...)
}
