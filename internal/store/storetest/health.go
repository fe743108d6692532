package storetest

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

func healthCases() []namedCase {
	return []namedCase{
		{"Log/Health", health},
		{"Log/HealthOfRedelivery", healthOfRedelivery},
	}
}

// health checks what is counted for a webhook from a time on.
func (k *kit) health(w webhook.Webhook, since time.Time, requests, successes int) {
	k.t.Helper()
	got, err := k.Health(k.ctx(), []int64{w.Number}, since)
	k.ok(err)
	k.same(got[w.Number], webhook.Health{RequestCount: requests, SuccessCount: successes})
}

func health(t *testing.T, open opener) {
	fact(t, open, "WhatEndedForGood", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.settled(w, k.succeeded)
		k.health(w, Start, 1, 1)
		k.settled(w, k.failed)
		k.health(w, Start, 2, 1)
		k.pending(w)
		k.claimOne(w.Number)
		k.health(w, Start, 2, 1)
		k.kill()
		k.health(w, Start, 2, 1)
	})
	fact(t, open, "RetriesCountOnceInTheMinuteOfTheFirstAttempt", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.settled(w, k.retrying)
		k.settled(w, k.retrying)
		k.health(w, Start, 0, 0)
		k.Clock.Advance(5 * time.Minute)
		jobs := k.claim(w.Number)
		k.finish(k.succeeded(jobs[0]), k.retrying(jobs[1]))
		k.health(w, Start, 1, 1)
		k.Clock.Advance(5 * time.Minute)
		k.finish(k.failed(k.claimOne(w.Number)))
		k.health(w, Start, 2, 1)
		k.health(w, Start.Add(time.Minute), 0, 0)
	})
	fact(t, open, "ByTheEndOfTheFirstAttempt", func(_ *testing.T, k *kit) {
		w := k.webhook()
		job := k.claimOneOf(w)
		r := k.succeeded(job)
		r.Attempt.Duration = 90 * time.Second
		k.finish(r)
		k.health(w, Start.Add(time.Minute), 1, 1)
		k.health(w, Start.Add(2*time.Minute), 0, 0)
	})
	fact(t, open, "FromTheMinuteOn", func(_ *testing.T, k *kit) {
		w := k.webhook()
		for range 3 {
			k.settled(w, k.succeeded)
			k.Clock.Advance(time.Minute)
		}
		for minutes, want := range []int{3, 2, 1, 0} {
			k.health(w, Start.Add(time.Duration(minutes)*time.Minute), want, want)
		}
	})
	fact(t, open, "HeldAndCancelledCountInNeither", func(_ *testing.T, k *kit) {
		w := k.webhook()
		k.settled(w, k.retrying)
		k.pending(w)
		k.cancelHeld(w)
		k.health(w, Start, 0, 0)
	})
	fact(t, open, "ThousandsOfWebhooks", func(t *testing.T, k *kit) {
		two := []webhook.Webhook{k.webhook(), k.webhook()}
		k.settled(two[0], k.succeeded)
		k.settled(two[1], k.failed)
		numbers := []int64{two[0].Number}
		for i := range int64(33_000) {
			numbers = append(numbers, 1000+i)
		}
		got, err := k.Health(k.ctx(), append(numbers, two[1].Number), Start)
		k.ok(err)
		k.same(got, map[int64]webhook.Health{two[0].Number: {RequestCount: 1, SuccessCount: 1}, two[1].Number: {RequestCount: 1}})
		got, err = k.Health(k.ctx(), nil, Start)
		k.ok(err)
		k.same(len(got), 0)
	})
}

func healthOfRedelivery(t *testing.T, open opener) {
	// What a redelivery an hour later makes of a delivery: before and after it.
	for name, c := range map[string]struct {
		before       func(k *kit, w webhook.Webhook) webhook.DeliveryID
		succeeds     bool
		first, later [2]int // requests and successes: in all, and since the redelivery
	}{
		"FailedThenSuccess":    {func(k *kit, w webhook.Webhook) webhook.DeliveryID { return k.settled(w, k.failed) }, true, [2]int{1, 1}, [2]int{}},
		"FailedThenFailure":    {func(k *kit, w webhook.Webhook) webhook.DeliveryID { return k.settled(w, k.failed) }, false, [2]int{1, 0}, [2]int{}},
		"SucceededThenSuccess": {func(k *kit, w webhook.Webhook) webhook.DeliveryID { return k.settled(w, k.succeeded) }, true, [2]int{1, 1}, [2]int{}},
		"SucceededThenFailure": {func(k *kit, w webhook.Webhook) webhook.DeliveryID { return k.settled(w, k.succeeded) }, false, [2]int{1, 1}, [2]int{}},
		"RetryingThenSuccess":  {func(k *kit, w webhook.Webhook) webhook.DeliveryID { return k.settled(w, k.retrying) }, true, [2]int{1, 1}, [2]int{}},
		"RetryingThenFailure":  {func(k *kit, w webhook.Webhook) webhook.DeliveryID { return k.settled(w, k.retrying) }, false, [2]int{}, [2]int{}},
		"CancelledThenFailure": {(*kit).cancelledAfter, false, [2]int{}, [2]int{}},
		"CancelledThenSuccess": {(*kit).cancelledAfter, true, [2]int{1, 1}, [2]int{}},
		// Its log entry begins with the redelivery: there was no attempt before.
		"CancelledAtOnceThenSuccess": {(*kit).cancelledBefore, true, [2]int{1, 1}, [2]int{1, 1}},
		"CancelledAtOnceThenFailure": {(*kit).cancelledBefore, false, [2]int{}, [2]int{}},
	} {
		fact(t, open, name, func(_ *testing.T, k *kit) {
			w := k.webhook()
			id := c.before(k, w)
			k.Clock.Advance(time.Hour)
			k.redeliver(id)
			job := k.claimOne(w.Number)
			if c.succeeds {
				k.finish(k.succeeded(job))
			} else {
				k.finish(k.afterRedelivery(job))
			}
			k.health(w, Start, c.first[0], c.first[1])
			k.health(w, Start.Add(30*time.Minute), c.later[0], c.later[1])
		})
	}
	fact(t, open, "ASecondSuccessIsNoSecondOne", func(_ *testing.T, k *kit) {
		w := k.webhook()
		id := k.settled(w, k.failed)
		for range 3 {
			k.redeliver(id)
			k.finish(k.succeeded(k.claimOne(w.Number)))
		}
		k.health(w, Start, 1, 1)
	})
}

// cancelledAfter is a delivery that was cancelled after an attempt.
func (k *kit) cancelledAfter(w webhook.Webhook) webhook.DeliveryID {
	k.t.Helper()
	id := k.settled(w, k.retrying)
	k.cancelHeld(w)
	return id
}
