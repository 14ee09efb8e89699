package kneotest

import (
	"os"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/leaks"
)

// TestMain sees to it that the tests leave nothing running or open.
func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }
