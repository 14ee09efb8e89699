package kneootel

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// cache keeps what has been made of keys, since to find it again is cheaper than to make it. All that is in a key has few values.
type cache[K comparable, V any] struct {
	mu   sync.RWMutex
	made map[K]V
}

func (c *cache[K, V]) get(k K, produce func(K) V) V {
	c.mu.RLock()
	v, ok := c.made[k]
	c.mu.RUnlock()
	if ok {
		return v
	}
	v = produce(k)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = make(map[K]V)
	}
	c.made[k] = v
	return v
}

// measured makes the option of measurements with the attributes of a key.
func measured[K interface{ attributes() []attribute.KeyValue }](k K) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(k.attributes()...))
}

// beginning is what all spans of a kind begin with.
type beginning struct {
	name       string
	attributes trace.SpanStartEventOption
}
