package tiktoksim

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// Names of the faults of this platform. Those of the webhooks are named in
// simkit. A switch with Only strikes for one shop id, conversation id, market
// or endpoint name (see GET /_sandbox/).
const (
	FaultUnreachable      = "unreachable"
	FaultTemporary        = "temporary"
	FaultSlow             = "slow"
	FaultSlowAnswer       = "slow_answer"
	FaultAnswerLost       = "answer_lost"
	FaultErrorAfterWork   = "error_after_work"
	FaultErrorsAs200      = "errors_as_200"
	FaultRateLimited      = "rate_limited"
	FaultQuota            = "quota_reached"
	FaultTokenExpired     = "token_expired"
	FaultSignature        = "signature_refused"
	FaultShopDeactivated  = "shop_deactivated"
	FaultSensitive        = "sensitive"
	FaultConversationRule = "conversation_rule"
	FaultCardRefused      = "card_refused"
	FaultEchoFirst        = "echo_before_answer"
	FaultMediaGone        = "media_gone"
	FaultChunkByPost      = "chunk_by_post"
	FaultTokenService     = "token_service_down"
	FaultTokenAnswerLost  = "token_answer_lost"
)

func faultDocs() []simkit.FaultDoc {
	return []simkit.FaultDoc{
		{Name: FaultUnreachable, Help: "The connection is cut before anything is done."},
		{Name: FaultTemporary, Help: "Nothing is done; the answer is 36009003, or the published code in value (45101001, 36009007, 45102007 …), or the bare HTTP status in value (503)."},
		{Name: FaultSlow, Help: "The call is taken up delay_ms (1000 when 0) after it arrived, unless the caller has gone by then."},
		{Name: FaultSlowAnswer, Help: "The work is done at once; the answer comes delay_ms (1000 when 0) later."},
		{Name: FaultAnswerLost, Help: "The work is done; then the connection is cut without an answer."},
		{Name: FaultErrorAfterWork, Help: "The work is done; the answer says 36009003, or the code in value."},
		{Name: FaultErrorsAs200, Help: "A refusal comes with HTTP 200 instead of its own status."},
		{Name: FaultRateLimited, Help: "Refused with 36009002 and HTTP 429; Retry-After is value (1 when empty)."},
		{Name: FaultQuota, Help: "Refused with 45101004 and HTTP 429: the quota of the day is reached."},
		{Name: FaultTokenExpired, Help: "Refused with 105002, as if the access token had expired."},
		{Name: FaultSignature, Help: "Refused with 106001, as if the signature were wrong."},
		{Name: FaultShopDeactivated, Help: "Refused with 36009043: the shop is deactivated."},
		{Name: FaultSensitive, Help: "A message is refused with 45101006, whatever its words."},
		{Name: FaultConversationRule, Help: "A message is refused with 45109001, whatever the state of its conversation."},
		{Name: FaultCardRefused, Help: "A card is refused with 45111017."},
		{Name: FaultEchoFirst, Help: "The webhook about a message we send sets out delay_ms (200 when 0) before the answer to the call."},
		{Name: FaultMediaGone, Help: "A media URL answers 403, as one that expired."},
		{Name: FaultChunkByPost, Help: "Chunks of a video are taken by POST; PUT is refused with HTTP 405."},
		{Name: FaultTokenService, Help: "The token service does nothing and answers HTTP 503, or the status in value."},
		{Name: FaultTokenAnswerLost, Help: "The token service exchanges or refreshes; then the connection is cut without an answer."},
	}
}

// delayOf is the delay of a fault, or the default of its kind.
func delayOf(f simkit.Fault, d time.Duration) time.Duration {
	if f.Delay > 0 {
		return f.Delay
	}

	return d
}

// disturb lets the faults strike that come before any work. It returns a
// refusal to answer with, and false when the caller has gone.
func (s *Sim) disturb(r *http.Request, subjects []string) (*refusal, bool) {
	if _, ok := s.faults.Should(FaultUnreachable, subjects...); ok {
		simkit.LoseAnswer()
	}
	if f, ok := s.faults.Should(FaultSlow, subjects...); ok {
		if s.clock.Wait(r.Context(), delayOf(f, time.Second)) != nil {
			return nil, false
		}
	}
	if f, ok := s.faults.Should(FaultTemporary, subjects...); ok {
		return failure(f.Value), true
	}

	return nil, true
}

// failure is the refusal that a fault's value names: a published code, or a
// bare HTTP status; an internal error when it names none.
func failure(value string) *refusal {
	n, err := strconv.Atoi(value)
	if err != nil {
		return errInternal
	}
	if n >= 400 && n < 600 {
		return &refusal{status: n, bare: true}
	}
	if i := slices.IndexFunc(published, func(r *refusal) bool { return r.code == n }); i >= 0 {
		return published[i]
	}

	return errInternal
}
