package freshchatsim

import (
	"errors"
	"net/http"

	"sellerchat/server/sandbox/simkit"
)

// ControlDoc describes one route of the control.
type ControlDoc struct {
	Route string `json:"route"`
	Does  string `json:"does"`
}

// control is one route of the control: what it is and what it runs. run
// returns what is answered as JSON.
type control struct {
	ControlDoc

	run func(*Sim, http.ResponseWriter, *http.Request) (any, error)
}

// controls is the control over HTTP, beside that of simkit for the clock, the
// faults and the ledger. {app} is an app id, {conv} a conversation's UUID.
// A refusal is answered with {"message":"…"}.
func controls() []control {
	const account = "/_sandbox/accounts/{app}"
	const conversation = "/_sandbox/conversations/{conv}"

	return []control{
		{ControlDoc{"GET /_sandbox/accounts", "The accounts as {app_id, name, domain}, oldest first."}, listAccounts},
		{ControlDoc{"POST /_sandbox/accounts", "Adds an account. Body: the fields of AccountSpec; only domain is required."}, addAccount},
		{ControlDoc{"GET " + account, "The account with its API key, topics, agents and settings."}, showAccount},
		{ControlDoc{"POST " + account + "/key", `Makes a new API key; the old one answers 401. Body: {"scopes":[…]}, empty for all. Answers {"api_key"}.`}, rotateKey},
		{ControlDoc{"GET " + account + "/public-key", `The webhook key as Freshchat shows it: {"public_key"}.`}, showPublicKey},
		{ControlDoc{"PUT " + account + "/webhook", `Sets the webhook address. Body: {"url","actions":[…]}; no url switches it off, no actions ticks all.`}, setWebhook},
		{ControlDoc{"PUT " + account + "/behavior", "Replaces the settings. Body: the fields of Behavior."}, setBehavior},
		{ControlDoc{"POST " + account + "/topics", "Adds a topic. Body: the fields of Topic."}, addTopic},
		{ControlDoc{"PUT " + account + "/topics/{topic}", `Switches a topic on or off. Body: {"enabled":true}.`}, enableTopic},
		{ControlDoc{"DELETE " + account + "/topics/{topic}", "Removes a topic."}, removeTopic},
		{ControlDoc{"POST " + account + "/agents", "Adds an agent. Body: the fields of Agent."}, addAgent},
		{ControlDoc{"POST " + account + "/media", "Keeps the raw body as an agent's attachment. Query: kind image, video or file, and name. Answers the part to send."}, storeMedia},
		{ControlDoc{"GET " + account + "/conversations", `The conversations, without messages: {"conversations":[…]}. Query: reference for those of a user, or topic, or nothing for all.`}, listConversations},
		{ControlDoc{"GET " + conversation, "The conversation with all its messages, oldest first."}, showConversation},
		{ControlDoc{"GET " + conversation + "/notes", `Its private notes: {"notes":[…]}.`}, showNotes},
		{ControlDoc{"POST " + conversation + "/messages", `Somebody writes. Body: {"as":"agent|note|bot|system|user","agent_id","message_parts":[…]}; agent is the default. Answers the message.`}, writeMessage},
		{ControlDoc{"POST " + conversation + "/media", "An agent sends the raw body as an attachment. Query: kind image, video, file or audio, name, agent_id, and text to go before it. Answers the message."}, sendMedia},
		{ControlDoc{"GET " + conversation + "/media", `What its messages carry beside text: {"attachments":[…]} with the size and SHA-256 of the bytes that are kept here.`}, listAttachments},
		{ControlDoc{"POST " + conversation + "/messages/{message}/open", `Fetches the attachments of a message as an agent's browser does: {"attachments":[…]} with status, type, size and SHA-256 of what came.`}, openAttachments},
		{ControlDoc{"POST " + conversation + "/resolve", `An agent resolves it. Body: {"agent_id"}.`}, changeConversation((*Sim).Resolve)},
		{ControlDoc{"POST " + conversation + "/reopen", `An agent reopens it. Body: {"agent_id"}.`}, changeConversation((*Sim).Reopen)},
		{ControlDoc{"POST " + conversation + "/assign", `An agent takes it. Body: {"agent_id"}.`}, changeConversation((*Sim).Assign)},
		{ControlDoc{"GET /_sandbox/outbox", "Counts of the webhooks: pending, attempts, delivered, given up, dropped."}, showOutbox},
	}
}

// ControlDocs lists the routes of the control with one sentence each. Those
// of the clock, the faults and the ledger are documented with simkit.
func ControlDocs() []ControlDoc {
	var out []ControlDoc
	for _, c := range controls() {
		out = append(out, c.ControlDoc)
	}

	return out
}

func (s *Sim) mountControl(mux *http.ServeMux) {
	s.clock.Mount(mux)
	s.faults.Mount(mux)
	s.ledger.Mount(mux)
	mux.HandleFunc("GET /_sandbox/{$}", func(w http.ResponseWriter, _ *http.Request) {
		simkit.WriteJSON(w, http.StatusOK, map[string]any{"control": ControlDocs(), "faults": FaultDocs()})
	})
	for _, c := range controls() {
		mux.HandleFunc(c.Route, func(w http.ResponseWriter, r *http.Request) {
			s.media.reachedAt(r)
			v, err := c.run(s, w, r)
			if err != nil {
				writeControlError(w, err)
				return
			}
			simkit.WriteJSON(w, http.StatusOK, v)
		})
	}
}

func writeControlError(w http.ResponseWriter, err error) {
	if errors.Is(err, errAnswered) {
		return
	}
	var no refusal
	if errors.As(err, &no) {
		simkit.WriteError(w, no.Code, no.Message)
		return
	}
	simkit.WriteError(w, http.StatusInternalServerError, err.Error())
}

// errAnswered says that the body was refused and the answer is written.
var errAnswered = errors.New("answered")

func readControl(w http.ResponseWriter, r *http.Request, v any) error {
	if !simkit.ReadControl(w, r, v) {
		return errAnswered
	}

	return nil
}

func listAccounts(s *Sim, _ http.ResponseWriter, _ *http.Request) (any, error) {
	type item struct {
		AppID  string `json:"app_id"`
		Name   string `json:"name"`
		Domain string `json:"domain"`
	}
	list := []item{}
	for _, id := range s.Accounts() {
		a, err := s.account(id)
		if err != nil {
			return nil, err
		}
		list = append(list, item{a.spec.AppID, a.spec.Name, a.spec.Domain}) // none of them ever changes
	}

	return map[string]any{"accounts": list}, nil
}

func addAccount(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	var in AccountSpec
	if err := readControl(w, r, &in); err != nil {
		return nil, err
	}

	return s.AddAccount(in)
}

func showAccount(s *Sim, _ http.ResponseWriter, r *http.Request) (any, error) {
	return s.Account(r.PathValue("app"))
}

func rotateKey(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	var in struct {
		Scopes []string `json:"scopes"`
	}
	if err := readControl(w, r, &in); err != nil {
		return nil, err
	}
	key, err := s.RotateKey(r.PathValue("app"), in.Scopes...)

	return map[string]string{"api_key": key}, err
}

func showPublicKey(s *Sim, _ http.ResponseWriter, r *http.Request) (any, error) {
	key, err := s.PublicKey(r.PathValue("app"))
	return map[string]string{"public_key": key}, err
}

func setWebhook(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	var in struct {
		URL     string   `json:"url"`
		Actions []string `json:"actions"`
	}
	if err := readControl(w, r, &in); err != nil {
		return nil, err
	}
	if err := s.SetWebhook(r.PathValue("app"), in.URL, in.Actions...); err != nil {
		return nil, err
	}

	return showAccount(s, w, r)
}

func setBehavior(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	var in Behavior
	if err := readControl(w, r, &in); err != nil {
		return nil, err
	}
	if err := s.SetBehavior(r.PathValue("app"), in); err != nil {
		return nil, err
	}

	return showAccount(s, w, r)
}

func addTopic(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	var in Topic
	if err := readControl(w, r, &in); err != nil {
		return nil, err
	}

	return s.AddTopic(r.PathValue("app"), in)
}

func enableTopic(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	var in struct {
		Enabled bool `json:"enabled"`
	}
	if err := readControl(w, r, &in); err != nil {
		return nil, err
	}
	if err := s.EnableTopic(r.PathValue("app"), r.PathValue("topic"), in.Enabled); err != nil {
		return nil, err
	}

	return showAccount(s, w, r)
}

func removeTopic(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	if err := s.RemoveTopic(r.PathValue("app"), r.PathValue("topic")); err != nil {
		return nil, err
	}

	return showAccount(s, w, r)
}

func addAgent(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	var in Agent
	if err := readControl(w, r, &in); err != nil {
		return nil, err
	}

	return s.AddAgent(r.PathValue("app"), in)
}

func storeMedia(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	name, contentType, data, err := readAttachment(w, r)
	if err != nil {
		return nil, err
	}

	return s.Store(r.PathValue("app"), r.URL.Query().Get("kind"), name, contentType, data)
}

func showOutbox(s *Sim, _ http.ResponseWriter, _ *http.Request) (any, error) {
	return s.Outbox().Stats(), nil
}
