package kneotest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// TestAuditWindow: of more than 10,000 events the platform gives the latest, in whatever order it is asked for them.
func TestAuditWindow(t *testing.T) {
	s := NewServer(WithCleanup(t))
	client := s.Client()
	begin := time.Now().Add(-24 * time.Hour)
	s.mu.Lock()
	for i := range window + 5 {
		s.events = append(s.events, object{"id": fmt.Sprint(i), "event_type": "run.created", "metadata": object{}, "created_at": stamp(begin.Add(time.Duration(i) * time.Second))})
	}
	s.mu.Unlock()
	for order, want := range map[kneo.SortOrder]string{kneo.SortAscending: "5", kneo.SortDescending: "10004"} {
		page, err := client.Platform.Audit.List(t.Context(), kneo.AuditListParams{Limit: 1, SortOrder: order})
		if err != nil || page.Items[0].ID != want || page.Total != window+5 {
			t.Errorf("%s: %+v, %v", order, page, err)
		}
	}
	var last error
	n := 0
	for _, err := range client.Platform.Audit.All(t.Context(), kneo.AuditListParams{Limit: 1000}) {
		if last = err; err == nil {
			n++
		}
	}
	var beyond *kneo.WindowError
	if n != window || !errors.As(last, &beyond) || beyond.Total != window+5 {
		t.Errorf("%d events, then %v", n, last)
	}
}
