// Package test has the tests of package kneootel that need more than its users should depend on: the SDK of OpenTelemetry, its exporters and
// its collector.
package test
