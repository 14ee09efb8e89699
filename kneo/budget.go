package kneo

import "sync/atomic"

// The budget of a client: 20 retries at once, then one for every seven calls that get an answer. At an outage 200 calls
// make 220 requests, not 1,600; at one failure in five, every call still gets through.
const (
	budgetSize     = 280
	retryCost      = 14
	inProgressCost = 1
	answerRefund   = 2
)

// budget is a bucket of tokens that retries take from and answers put back into, without a lock.
type budget struct{ tokens atomic.Int64 }

func newBudget() *budget {
	b := new(budget)
	b.tokens.Store(budgetSize)
	return b
}

// spend takes the price of a retry, and reports whether there was enough.
func (b *budget) spend(o outcome) bool {
	price := int64(retryCost)
	if o == inProgress {
		price = inProgressCost
	}
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

// refund puts back what an answer is worth. Any answer that says something final counts, refusals too: a platform that
// refuses is up.
func (b *budget) refund() {
	for {
		have := b.tokens.Load()
		if have >= budgetSize || b.tokens.CompareAndSwap(have, min(have+answerRefund, budgetSize)) {
			return
		}
	}
}
