// Package reliability plays the cases of internal/casebook that take their time, or a real server, or other clients beside this one, to
// processes that make the calls. `make reliability` runs them and writes docs/reliability.md; they have the build tag reliability.
package reliability
