// Package platformapi is the server's side of the contract: the interface of its operations, and a handler that takes their
// parameters from requests. It is generated; package kneotest implements it.
package platformapi
