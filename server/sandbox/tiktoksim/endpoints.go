package tiktoksim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
)

// endpoints is every business call that the platform offers here.
func endpoints() []endpoint {
	const (
		service      = "/customer_service/202309"
		conversation = service + "/conversations/{conversation_id}"
	)

	return []endpoint{
		{name: "shops", method: "GET", path: "/authorization/202309/shops", scope: ScopeShops, noCipher: true, do: (*Sim).authorizedShops},
		{name: "end_authorization", method: "DELETE", path: "/authorization/202403/shops", scope: ScopeShops, do: (*Sim).endAuthorization},
		{name: "list_webhooks", method: "GET", path: "/event/202309/webhooks", scope: ScopeShops, do: (*Sim).listWebhooks},
		{name: "put_webhook", method: "PUT", path: "/event/202309/webhooks", scope: ScopeShops, do: (*Sim).putWebhook},
		{name: "delete_webhook", method: "DELETE", path: "/event/202309/webhooks", scope: ScopeShops, do: (*Sim).deleteWebhook},
		{name: "list_conversations", method: "GET", path: service + "/conversations", scope: ScopeChat, chat: true, do: (*Sim).listConversations},
		{name: "create_conversation", method: "POST", path: service + "/conversations", scope: ScopeChat, chat: true, do: (*Sim).createConversation},
		{name: "get_conversation", method: "GET", path: "/customer_service/202601/conversations/{conversation_id}", scope: ScopeChat, chat: true, do: (*Sim).getConversation},
		{name: "list_messages", method: "GET", path: conversation + "/messages", scope: ScopeChat, chat: true, do: (*Sim).listMessages},
		{name: "send_message", method: "POST", path: conversation + "/messages", scope: ScopeChat, chat: true, do: (*Sim).sendMessage},
		{name: "read_message", method: "POST", path: conversation + "/messages/read", scope: ScopeChat, chat: true, do: (*Sim).readMessage},
		{name: "upload_image", method: "POST", path: service + "/images/upload", scope: ScopeChat, chat: true, form: true, do: (*Sim).uploadImage},
		{name: "init_file", method: "POST", path: "/open/202512/file/init", scope: ScopeChat, do: (*Sim).initFile},
	}
}

func (s *Sim) mountEndpoints() {
	byPath := map[string][]endpoint{}
	for _, e := range endpoints() {
		byPath[e.path] = append(byPath[e.path], e)
	}
	for path, list := range byPath {
		s.mux.HandleFunc(path, s.serve(list))
	}
	s.mux.HandleFunc("/file/202512/upload", s.uploadChunk)
	s.mux.HandleFunc("/", s.unknownPath)
}

var (
	versioned = regexp.MustCompile(`^/(?:authorization|customer_service|event|open)/(\d{6})/`)
	versions  = []string{"202309", "202403", "202512", "202601"}
)

// unknownPath refuses what no endpoint answers to, and tells a wrong version
// from a wrong path.
func (s *Sim) unknownPath(w http.ResponseWriter, r *http.Request) {
	if m := versioned.FindStringSubmatch(r.URL.Path); m != nil && !slices.Contains(versions, m[1]) {
		s.refuse(w, errVersion, nil)
		return
	}
	s.refuse(w, errPath, nil)
}

// decode reads the JSON body of a call.
func (c *call) decode(v any) *refusal {
	if err := json.Unmarshal(c.body, v); err != nil {
		return errParameter("Invalid request body: it is not the expected JSON.")
	}

	return nil
}
