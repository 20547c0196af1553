package freshchat

import "sellerchat/server/bridge"

// operation is one call of the API, as far as its failures differ from those
// of other calls.
type operation struct {
	// name is for the log.
	name string
	// may completes "The key works, but may not".
	may string
	// absent is what a 404 means; empty where it means that the user is
	// unknown.
	absent bridge.Cause
	// bot is true when the call writes in the name of a bot.
	bot bool
	// media is true when the call carries a file or speaks of one.
	media bool
	// upload is where a file is uploaded to; empty for all other calls.
	upload string
}

// The calls of https://developers.freshchat.com/api/ that the bridge makes.
var (
	opAccount      = operation{name: "freshchat read account", may: "read the account", absent: bridge.CauseHost}
	opTopics       = operation{name: "freshchat list topics", may: "read topics", absent: bridge.CauseHost}
	opFindPerson   = operation{name: "freshchat find user", may: "read users"}
	opCreatePerson = operation{name: "freshchat create user", may: "create users"}
	opRenamePerson = operation{name: "freshchat rename user", may: "change users"}
	opThreads      = operation{name: "freshchat list conversations", may: "read conversations"}
	opOpen         = operation{name: "freshchat open conversation", may: "start conversations"}
	opReopen       = operation{name: "freshchat reopen conversation", may: "change conversations", absent: bridge.CauseConversation}
	opPost         = operation{name: "freshchat post message", may: "send messages", absent: bridge.CauseConversation}
	opImage        = operation{name: "freshchat upload image", may: "upload pictures", absent: bridge.CauseMedia, media: true, upload: "images"}
	opFile         = operation{name: "freshchat upload file", may: "upload files", absent: bridge.CauseMedia, media: true, upload: "files"}
	opMessages     = operation{name: "freshchat list messages", may: "read messages", absent: bridge.CauseConversation}
)
