//go:build !race

package reliability

// raced says that the clients are to have the race detector, as the tests have.
const raced = false
