package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Time is a time that the platform writes as ISO 8601 text. It reads both of the platform's forms, see [ParseTime].
type Time struct{ time.Time }

// UnmarshalJSON reads either form.
func (t *Time) UnmarshalJSON(b []byte) (err error) {
	t.Time, err = ParseTime(b)
	return err
}

// MarshalJSON writes ISO text, null for the zero time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.Time.MarshalJSON()
}

// Epoch is a time that the platform writes as a number of seconds since 1970. It reads both forms.
type Epoch struct{ time.Time }

// UnmarshalJSON reads either form.
func (t *Epoch) UnmarshalJSON(b []byte) (err error) {
	t.Time, err = ParseTime(b)
	return err
}

// MarshalJSON writes seconds to the microsecond, null for the zero time.
func (t Epoch) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(t.UnixMicro())/1e6, 'f', -1, 64), nil
}

// ParseTime reads a JSON value as a time, in UTC: ISO 8601 text, with or without an offset (then UTC), or seconds since 1970. Null
// and "[REDACTED]" are the zero time.
func ParseTime(value []byte) (time.Time, error) {
	switch {
	case len(value) == 0 || string(value) == "null":
		return time.Time{}, nil
	case value[0] != '"':
		return parseEpoch(string(value))
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return time.Time{}, err
	}
	return parseText([]byte(text))
}

// parseText is ParseTime for what a JSON text says.
func parseText(text []byte) (time.Time, error) {
	var t time.Time
	switch {
	case len(text) == 0 || string(text) == Redacted:
		return t, nil
	case t.UnmarshalText(text) == nil: // which costs no more than it must
		return t.UTC(), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, string(text)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("a time is due as ISO 8601 text or as seconds since 1970, the text is neither")
}

// parseEpoch reads seconds digit by digit where it can: a float64 cannot hold today's seconds to the nanosecond.
func parseEpoch(number string) (time.Time, error) {
	whole, fraction, _ := strings.Cut(number, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.ContainsAny(number, "eE-") {
		return parseEpochFloat(number)
	}
	nanos, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil || seconds > maxEpoch {
		return parseEpochFloat(number)
	}
	return time.Unix(seconds, nanos).UTC(), nil
}

// maxEpoch is the end of the year 9999, the last that ISO 8601 text can hold.
const maxEpoch = 253402300799

func parseEpochFloat(number string) (time.Time, error) {
	seconds, err := strconv.ParseFloat(number, 64)
	if err != nil || seconds > maxEpoch || seconds < -maxEpoch {
		return time.Time{}, fmt.Errorf("a time is due as ISO 8601 text or as seconds since 1970, it is %s", kindOf(number[0]))
	}
	return time.UnixMicro(int64(seconds * 1e6)).UTC(), nil
}

// FormatTime writes a time for a query as the platform stores times, without a fraction if that is zero: servers before 1.2.0 compare the two
// as texts.
func FormatTime(t time.Time) string {
	if t = t.UTC().Truncate(time.Microsecond); t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return t.Format("2006-01-02T15:04:05.000000-07:00")
}
