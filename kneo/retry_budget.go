package kneo

import "sync/atomic"

// The budget of a client: 20 retries at once. A retry that gets an answer has its price back, an answer at the first attempt
// adds a little. In an outage 200 calls make 220 requests, not 1,600; at one failure in five, every call still gets through.
const (
	budgetSize   = 280
	retryCost    = 14
	answerRefund = 2
)

// price is what a retry after such an attempt costs. Free are those that are no load to a platform in trouble: one that was refused a
// connection, as there is nobody yet, and one that waits for another request with its key to end, at the pace that the platform asks
// for. So a platform that is restarted comes back to all calls, also to those whose keys it had locked.
func price(o outcome, err error) int64 {
	if o == inProgress || isRefused(err) {
		return 0
	}
	return retryCost
}

// budget is a bucket of tokens that retries take from and answers put back into, without a lock.
type budget struct{ tokens atomic.Int64 }

func newBudget() *budget {
	b := new(budget)
	b.tokens.Store(budgetSize)
	return b
}

// spend takes the price of a retry, and reports whether there was enough.
func (b *budget) spend(price int64) bool {
	for {
		have := b.tokens.Load()
		if have < price {
			return false
		}
		if b.tokens.CompareAndSwap(have, have-price) {
			return true
		}
	}
}

// refund puts back what an answer is worth, given the price of the retry that brought it, 0 for a first attempt. Any answer
// that says something final counts, refusals too: a platform that refuses is up.
func (b *budget) refund(price int64) {
	for {
		have := b.tokens.Load()
		if have >= budgetSize || b.tokens.CompareAndSwap(have, min(have+max(price, answerRefund), budgetSize)) {
			return
		}
	}
}
