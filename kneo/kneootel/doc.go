// Package kneootel makes OpenTelemetry traces and metrics of what a client of package kneo does. It is a module of its own, so that only those
// who want it depend on OpenTelemetry.
//
//	client, err := kneo.NewClient(kneo.WithHooks(kneootel.Hooks()))
//
// It keeps to the stable semantic conventions for HTTP clients, and adds what is the platform's.
//
// # Spans
//
//	span                        kind      what it is
//	kneo.WaitForCompletion      INTERNAL  a wait: also kneo.CreateAndWait, which begins with its create, kneo.WaitAll, kneo.TailTrace
//	  kneo.GetRun               INTERNAL  a call, by its operation in the contract; kneo.Request if its path is not in there
//	    GET /v1/runs/{run_id}   CLIENT    an attempt of it, up to the last byte of the answer
//
// Only attempts are CLIENT spans, as the conventions want it for clients that repeat requests. The question for the server's version, when a
// call gives rise to it, is a call of its own within that one.
//
//	attribute                     of            value
//	kneo.operation                call          GetRun
//	kneo.call.attempts            call          how many there were; 0 if nothing was sent
//	kneo.request.id               call          the X-Request-ID of all its attempts, which is in the platform's log
//	kneo.error.code               call          the platform's word for what went wrong: not_found
//	kneo.run.id                   call, wait    the run that is asked for, made or waited for
//	kneo.run.status               call, wait    its status in the answer, or as it was last seen: completed
//	kneo.continuation.id          call, wait    the human task that is asked for, or for which the run is blocked
//	kneo.wait.method              wait          WaitForCompletion, CreateAndWait, WaitAll, TailTrace
//	kneo.wait.runs                wait          how many runs are waited for
//	kneo.wait.run.ids             wait          if not one, the first ten of them
//	kneo.wait.looks               wait          how many looks at runs it took
//	kneo.wait.ended               wait          how many runs have ended
//	http.response.status_code     call, attempt
//	error.type                    all           if it failed; see below
//	http.request.method           attempt       _OTHER for one that OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS does not name,
//	http.request.method_original  attempt       which is here
//	http.request.resend_count     attempt       from the second one on
//	url.full                      attempt       without user info and query
//	url.template                  attempt       /v1/runs/{run_id}; not for paths that the contract does not have
//	server.address, server.port   attempt
//	network.protocol.version      attempt       1.1
//
// # Metrics
//
//	metric                        instrument, unit         attributes
//	http.client.request.duration  histogram, s             of an attempt: http.request.method, url.template, server.address, server.port,
//	                                                       http.response.status_code, network.protocol.version, error.type
//	kneo.client.call.duration     histogram, s             kneo.operation, error.type
//	kneo.client.call.retries      counter, {attempt}       kneo.operation
//	kneo.client.wait.duration     histogram, s             kneo.wait.method, error.type, kneo.run.status (not for WaitAll)
//	kneo.client.wait.active       up-down counter, {wait}  kneo.wait.method
//
// No attribute of a metric has more than a handful of values: no ids, no paths with ids, and no statuses of runs that the library does not know.
//
// # Errors
//
// An attempt fails when it gets no whole answer or one with a status from 400 on, a call when it returns an error, and a wait likewise. That a run
// failed is not a failure of whoever asks for it: it is in kneo.run.status alone. The error.type is
//
//   - the status of an answer that is an error: 404,
//   - context.Canceled and context.DeadlineExceeded for a context or a timeout that ended,
//   - kneo.NetworkError for a call without an answer; its attempts have net.DNSError, net.OpError, tls.CertificateVerificationError,
//     tls.RecordHeaderError, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF or io.ErrUnexpectedEOF,
//   - kneo.ProtocolError, kneo.RedirectError and kneo.BodyTooLargeError for an answer that the client does not take,
//   - kneo.UnsupportedError and kneo.ArgumentError for what was not sent,
//   - kneo.WaitTimeoutError and kneo.WaitCanceledError for a wait that was cut short,
//   - else the Go type of an error that came from the program's own functions, or _OTHER if that says nothing.
//
// # What is never told
//
// Keys, bodies, queries, headers, and idempotency keys. The status of a span is described by texts of the network and of the client alone, such as
// "connection refused", since those that the other side wrote may quote a body; the error has them.
package kneootel
