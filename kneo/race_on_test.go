//go:build race

package kneo

// raceFactor is how much longer things may take under the race detector.
const raceFactor = 10
