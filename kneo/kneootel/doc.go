// Package kneootel makes OpenTelemetry traces and metrics of what a client of package kneo does. It is a separate module, so that only
// programs that use it depend on OpenTelemetry.
//
//	client, err := kneo.NewClient(kneo.WithHooks(kneootel.Hooks()))
//
// It follows the stable semantic conventions for HTTP clients, and adds spans, attributes and metrics for the platform.
//
// # Spans
//
//	span                        kind      what it is
//	kneo.WaitForCompletion      INTERNAL  a wait: also kneo.CreateAndWait, which begins with its create, kneo.WaitAll, kneo.TailTrace
//	  kneo.GetRun               INTERNAL  a call, named after its operation in the contract; kneo.Request if the contract does not have its path
//	    GET /v1/runs/{run_id}   CLIENT    an attempt of it, up to the last byte of the answer
//
// Only attempts are CLIENT spans, as the conventions require for clients that retry. If a call has to ask for the server's version first,
// that is a separate call inside it.
//
//	attribute                     of            value
//	kneo.operation                call          GetRun
//	kneo.call.attempts            call          how many there were; 0 if nothing was sent
//	kneo.request.id               call          the X-Request-ID of all its attempts, which is in the platform's log
//	kneo.error.code               call          the platform's word for what went wrong: not_found
//	kneo.run.id                   call, wait    the run that the call or the wait is about, or that it created
//	kneo.run.status               call, wait    its status in the answer, or as it was last seen: completed
//	kneo.continuation.id          call, wait    the human task that the call is about, or for which the run is blocked
//	kneo.wait.method              wait          WaitForCompletion, CreateAndWait, WaitAll, TailTrace
//	kneo.wait.runs                wait          how many runs the wait is for
//	kneo.wait.run.ids             wait          the first ten of them, if there is not just one
//	kneo.wait.looks               wait          the number of looks at runs
//	kneo.wait.ended               wait          how many runs have ended
//	http.response.status_code     call, attempt
//	error.type                    all           if it failed; see below
//	http.request.method           attempt       _OTHER for a method that OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS does not name
//	http.request.method_original  attempt       that method
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
// No attribute of a metric has more than a handful of values: there are no ids, no paths with ids, and no run statuses that the library
// does not know.
//
// # Errors
//
// An attempt fails if it gets no complete answer, or one with a status of 400 or above. A call fails if it returns an error, and so does
// a wait. A failed run does not make the call or the wait fail: it shows only in kneo.run.status. The error.type is
//
//   - the status of an answer that is an error: 404,
//   - context.Canceled and context.DeadlineExceeded for a context or a timeout that ended,
//   - kneo.NetworkError for a call without an answer; its attempts have net.DNSError, net.OpError, tls.CertificateVerificationError,
//     tls.RecordHeaderError, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF or io.ErrUnexpectedEOF,
//   - kneo.ProtocolError, kneo.RedirectError and kneo.BodyTooLargeError for an answer that the client does not accept,
//   - kneo.UnsupportedError and kneo.ArgumentError for what was not sent,
//   - kneo.WaitTimeoutError and kneo.WaitCanceledError for a wait that was cut short,
//   - otherwise the Go type of an error that came from the program's own functions, or _OTHER if that type says nothing.
//
// # What is never reported
//
// Spans and metrics never have keys, bodies, queries, headers, or idempotency keys. The description of a span's status comes only from
// the network and from the client, such as "connection refused". Texts that the other side wrote may quote a body, so they are only in
// the error that the call returns.
package kneootel
