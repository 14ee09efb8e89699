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
		mistake     *ArgumentError
		answer      *Error
		quoting     *quotingError
		network     *NetworkError
		protocol    *ProtocolError
	)
	said, by := err.Error(), err
	switch {
	case errors.As(err, &timeout):
		return context.DeadlineExceeded.Error()
	case errors.As(err, &canceled):
		return context.Canceled.Error()
	case errors.As(err, &cut):
		return fmt.Sprintf("the context ended before another attempt, after status %d", cut.last.StatusCode)
	case errors.As(err, &unsupported):
		return unsupported.What + " needs kneo-serv " + unsupported.Needs
	case errors.As(err, &mistake):
		return mistake.Name + " makes no sense"
	case errors.As(err, &answer):
		return cmp.Or(string(answer.Code), statusText(answer.StatusCode))
	case errors.As(err, &network):
		said, by = network.text, network.Err
	case errors.As(err, &protocol) && errors.As(err, &quoting):
		said, by = protocol.text, quoting.err
	case errors.As(err, &protocol):
		return protocol.text
	}
	if tellable(by) {
		return said
	}
	return "the error has more to say, which may quote what was sent or answered"
}

// tellable reports whether an error is one of the network, whose text has addresses, names and numbers. A transport, a function or a type of the
// user's may say anything.
func tellable(err error) bool {
	var (
		large       *BodyTooLargeError
		name        *net.DNSError
		operation   *net.OpError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		number      syscall.Errno
	)
	return isTimeout(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, http.ErrSchemeMismatch) ||
		errors.As(err, &large) || errors.As(err, &name) || errors.As(err, &operation) || errors.As(err, &certificate) || errors.As(err, &record) ||
		errors.As(err, &number) || err.Error() == "http: server closed idle connection" // which net/http has no name for
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
