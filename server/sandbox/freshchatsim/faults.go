package freshchatsim

import (
	"net/http"
	"strconv"

	"sellerchat/server/sandbox/simkit"
)

// Names of the faults, beside those of simkit's outbox. A switch with Only
// strikes for one account (its app id), one conversation (its id as the path
// has it) or one operation (its name in the table of the API, such as
// "message_create").
const (
	FaultUnreachable    = "unreachable"
	FaultServerError    = "server_error"
	FaultAnswerLost     = "answer_lost"
	FaultErrorAfterWork = "error_after_work"
	FaultClassCast      = "class_cast"
	FaultErrorMessage   = "error_message"
	FaultSlow           = "slow"
	FaultSlowAnswer     = "slow_answer"
	FaultRateLimited    = "rate_limited"
	FaultKeyRevoked     = "key_revoked"
	FaultScopeMissing   = "scope_missing"
	FaultHTMLError      = "html_error"
	FaultOtherEnvelope  = "other_envelope"
	FaultEmptyAnswer    = "empty_answer"
	FaultNotLatest      = "not_latest"
	FaultAttachmentLate = "attachment_late"
	FaultAddressStale   = "address_stale"
	FaultMediaRefused   = "media_refused"
	FaultScan           = "scan"
)

// FaultDocs lists every fault with one sentence each.
func FaultDocs() []simkit.FaultDoc {
	return append([]simkit.FaultDoc{
		{Name: FaultUnreachable, Help: "The connection is cut before anything was done."},
		{Name: FaultServerError, Help: "Nothing is done and the answer is 503, or the status in value."},
		{Name: FaultAnswerLost, Help: "The work is done, but the connection is cut instead of an answer."},
		{Name: FaultErrorAfterWork, Help: "The work is done, but the answer is 500, or the status in value."},
		{Name: FaultClassCast, Help: "A message is posted, but the answer is a 400 INVALID_VALUE that speaks of a class cast."},
		{Name: FaultErrorMessage, Help: "A message is not posted, or an upload not kept, but the answer is 2xx and only its error_message tells."},
		{Name: FaultSlow, Help: "The work starts delay_ms late."},
		{Name: FaultSlowAnswer, Help: "The work is done at once, the answer comes delay_ms later, after its own webhook."},
		{Name: FaultRateLimited, Help: "The answer is 429 with X-RateLimit headers and a Retry-After of delay_ms, at least a second."},
		{Name: FaultKeyRevoked, Help: "The API key is refused with 401."},
		{Name: FaultScopeMissing, Help: "The API key is refused with 403."},
		{Name: FaultHTMLError, Help: "Nothing is done and the answer is an HTML page with 502, or the status in value."},
		{Name: FaultOtherEnvelope, Help: "Errors come as success, error_code and error_message instead of code, status and message."},
		{Name: FaultEmptyAnswer, Help: "An update is done and answered with an empty body."},
		{Name: FaultNotLatest, Help: "A user's message is refused with 400 because its conversation is not the latest of the user."},
		{Name: FaultAttachmentLate, Help: "Attachments come by hash, without a URL, in webhooks, events and the next reads, 1 or as many as value says."},
		{Name: FaultAddressStale, Help: "The signed addresses of files are good for delay_ms only, which may be nothing; a new reading has new ones."},
		{Name: FaultMediaRefused, Help: "An attachment sent by the API is refused with 400 as empty, although its address answers; Only may be its kind: image, video, file."},
		{Name: FaultScan, Help: "The virus scan says UNSAFE_FILE of an uploaded file, or what value says; the file cannot be sent then."},
	}, simkit.OutboxFaults()...)
}

// faultStatus is the HTTP status in a fault's value, or the usual one.
func faultStatus(f simkit.Fault, usual int) int {
	n, err := strconv.Atoi(f.Value)
	if err != nil || http.StatusText(n) == "" {
		return usual
	}

	return n
}
