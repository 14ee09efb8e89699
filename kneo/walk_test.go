package kneo

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shelf is a platform with a list of skills, which takes its time for each page.
type shelf struct {
	rows    int
	latency time.Duration
	fails   int // the page that is not given, 0 for none
	asked   int
	ended   int // how many questions were given up
}

func (s *shelf) RoundTrip(req *http.Request) (*http.Response, error) {
	s.asked++
	page := s.asked
	select {
	case <-time.After(s.latency):
	case <-req.Context().Done():
		s.ended++
		return nil, req.Context().Err()
	}
	if page == s.fails {
		return says(400, detail("invalid_request", "no such page"))(req)
	}
	q := req.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit"))
	offset, _ := strconv.Atoi(q.Get("offset"))
	var rows []string
	for i := offset; i < min(offset+limit, s.rows); i++ {
		rows = append(rows, fmt.Sprintf(`{"name":"s%d"}`, i))
	}
	return says(200, fmt.Sprintf(`{"skills":[%s],"count":%d,"total":%d,"limit":%d,"offset":%d}`, strings.Join(rows, ","), len(rows), s.rows, limit, offset))(req)
}

func (s *shelf) client(t *testing.T) *Client {
	t.Helper()
	return (&platform{}).client(t, WithHTTPClient(&http.Client{Transport: s}))
}

// TestReadAhead: a page is made while the rows of the one before are worked on, and never more than one.
func TestReadAhead(t *testing.T) {
	const pages, size, latency, work = 10, 100, 20 * time.Millisecond, 200 * time.Microsecond
	took := func(opts ...CallOption) (total time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			s := &shelf{rows: pages * size, latency: latency}
			begun := time.Now()
			n := 0
			for skill, err := range s.client(t).Agent.Skills.All(t.Context(), SkillListParams{}, opts...) {
				if err != nil || skill.Name != "s"+strconv.Itoa(n) {
					t.Fatalf("row %d is %q, %v", n, skill.Name, err)
				}
				n++
				time.Sleep(work)
				synctest.Wait()
				if page := (n + size - 1) / size; s.asked > page+1 {
					t.Fatalf("at row %d of page %d, page %d has been asked for", n, page, s.asked)
				}
			}
			total = time.Since(begun)
			if n != s.rows || s.asked != pages {
				t.Errorf("%d rows in %d pages", n, s.asked)
			}
		})
		return total
	}
	// In step each page costs its latency and its work, read ahead all but the first cost the larger of them, and what the first row takes.
	if got, want := took(WithoutReadAhead()), pages*(latency+size*work); got != want {
		t.Errorf("in step %v, want %v", got, want)
	}
	if got, want := took(), latency+pages*size*work+(pages-1)*work; got != want {
		t.Errorf("read ahead %v, want %v", got, want)
	}
}

// TestReadAheadEnds: who breaks out has nothing left behind him, and has asked for no more than one page too many.
func TestReadAheadEnds(t *testing.T) {
	for _, c := range []struct {
		name               string
		rows, asked, ended int
		opts               []CallOption
	}{
		{"at the first row", 1, 1, 0, nil},
		{"at the second row", 2, 2, 1, nil},
		{"at the second row, in step", 2, 1, 0, []CallOption{WithoutReadAhead()}},
		{"on the second page", 102, 3, 1, nil},
		{"on the second page, in step", 102, 2, 0, []CallOption{WithoutReadAhead()}},
		{"on the last page", 250, 3, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{rows: 250, latency: time.Hour}
				client := s.client(t)
				before := runtime.NumGoroutine()
				n := 0
				for _, err := range client.Agent.Skills.All(t.Context(), SkillListParams{}, append(c.opts, WithCallTimeout(2*time.Hour))...) {
					if err != nil {
						t.Fatal(err)
					}
					if n++; n == c.rows {
						synctest.Wait()
						break
					}
				}
				if s.asked != c.asked || s.ended != c.ended {
					t.Errorf("asked %d times, %d of them given up", s.asked, s.ended)
				}
				if after := runtime.NumGoroutine(); after > before {
					t.Errorf("%d goroutines, before %d", after, before)
				}
			})
		})
	}
}

// TestReadAheadPanics: a consumer that panics leaves nothing behind either.
func TestReadAheadPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{rows: 250, latency: time.Hour}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was lost")
				}
			}()
			n := 0
			for range s.client(t).Agent.Skills.All(t.Context(), SkillListParams{}, WithCallTimeout(2*time.Hour)) { //nolint:errcheck // it ends in a panic
				if n++; n == 5 {
					synctest.Wait()
					panic("enough")
				}
			}
		}()
		if s.asked != 2 || s.ended != 1 {
			t.Errorf("asked %d times, %d of them given up", s.asked, s.ended)
		}
	})
}

// TestReadAheadFails: all rows that there are come before the error of the page that there is not.
func TestReadAheadFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{rows: 250, latency: time.Millisecond, fails: 2}
		n := 0
		var failed error
		for _, err := range s.client(t).Agent.Skills.All(t.Context(), SkillListParams{}) {
			if err != nil {
				failed = err
				continue
			}
			n++
			time.Sleep(time.Millisecond)
		}
		if n != 100 || !errors.Is(failed, ErrBadRequest) || s.asked != 2 {
			t.Errorf("%d rows, then %v, after %d questions", n, failed, s.asked)
		}
	})
}

// TestResponseIsThatOfThePage: with WithResponse there is no reading ahead, or the Response would change under the eyes of who reads it.
func TestResponseIsThatOfThePage(t *testing.T) {
	s := &shelf{rows: 250}
	var info *Response
	n := 0
	for skill, err := range s.client(t).Agent.Skills.All(t.Context(), SkillListParams{}, WithResponse(&info)) {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(info.Body), `"`+skill.Name+`"`) {
			t.Fatalf("row %d is not in %.80s", n, info.Body)
		}
		n++
	}
	if n != 250 || s.asked != 3 {
		t.Errorf("%d rows of %d pages", n, s.asked)
	}
}

// TestRunsAreReadAhead: the walk over runs, whose pages hang on one another, is read ahead as well, and gives the same.
func TestRunsAreReadAhead(t *testing.T) {
	rt := newTable(1000, 300)
	ahead := collect(t, rt, RunListParams{})
	n := 0
	for row, err := range rt.client(t).Platform.Runs.All(t.Context(), RunListParams{}, WithoutReadAhead()) {
		if err != nil || row.RunID != ahead[n].RunID {
			t.Fatalf("row %d is %q, %v; read ahead it was %q", n, row.RunID, err, ahead[n].RunID)
		}
		n++
	}
	if n != len(ahead) {
		t.Errorf("%d rows, read ahead %d", n, len(ahead))
	}
}
