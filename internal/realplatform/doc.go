// Package realplatform installs published versions of the platform's server, kneo-serv, and runs them on the loopback interface: what
// the client is judged by. It needs a Python from 3.12 on; nothing else in the project does.
package realplatform
