package freshchatsim

import "net/http"

func listConversations(s *Sim, _ http.ResponseWriter, r *http.Request) (any, error) {
	var list []Conversation
	var err error
	if reference := r.FormValue("reference"); reference != "" {
		list, err = s.ConversationsOf(r.PathValue("app"), reference)
	} else {
		list, err = s.Conversations(r.PathValue("app"), r.FormValue("topic"))
	}
	if list == nil {
		list = []Conversation{}
	}

	return map[string]any{"conversations": list}, err
}

func showConversation(s *Sim, _ http.ResponseWriter, r *http.Request) (any, error) {
	return s.Conversation(r.PathValue("conv"))
}

func showNotes(s *Sim, _ http.ResponseWriter, r *http.Request) (any, error) {
	c, err := s.Conversation(r.PathValue("conv"))
	notes := c.Notes()
	if notes == nil {
		notes = []Message{}
	}

	return map[string]any{"notes": notes}, err
}

func writeMessage(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	var in struct {
		As      string `json:"as"`
		AgentID string `json:"agent_id"`
		Parts   []Part `json:"message_parts"`
	}
	if err := readControl(w, r, &in); err != nil {
		return nil, err
	}

	conv := r.PathValue("conv")
	switch in.As {
	case "", "agent":
		return s.AgentReplies(conv, in.AgentID, in.Parts...)
	case "note":
		return s.AgentNotes(conv, in.AgentID, in.Parts...)
	case "bot":
		return s.BotWrites(conv, in.Parts...)
	case "system":
		return s.SystemWrites(conv, in.Parts...)
	case "user":
		return s.UserWrites(conv, in.Parts...)
	default:
		return nil, badRequest(`as must be "agent", "note", "bot", "system" or "user"`)
	}
}

// changeConversation is a route by which an agent does f.
func changeConversation(f func(s *Sim, conversationID, agentID string) error) func(*Sim, http.ResponseWriter, *http.Request) (any, error) {
	return func(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
		var in struct {
			AgentID string `json:"agent_id"`
		}
		if err := readControl(w, r, &in); err != nil {
			return nil, err
		}
		if err := f(s, r.PathValue("conv"), in.AgentID); err != nil {
			return nil, err
		}

		return showConversation(s, w, r)
	}
}
