package tiktok

import (
	"slices"

	"sellerchat/server/bridge"
)

// What the platform takes. It also takes GIFs as pictures, which this product
// does not promise: some of its screens show them standing still.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
const (
	imageLimit = 10 << 20  // bytes
	videoLimit = 100 << 20 // bytes
)

// fileNames are the types that the platform takes, with the name under which a
// file of that type is handed over: uploads need one, and what the agent called
// the file is nobody else's business.
var fileNames = map[bridge.PartKind]map[string]string{
	bridge.PartImage: {"image/jpeg": "picture.jpg", "image/png": "picture.png", "image/webp": "picture.webp"},
	bridge.PartVideo: {"video/mp4": "clip.mp4", "video/quicktime": "clip.mov", "video/webm": "clip.webm"},
}

// Limits say what Send takes, and so what may be uploaded.
func (*Client) Limits() []bridge.Limit {
	return []bridge.Limit{
		{Kind: bridge.PartText, Most: TextLimit},
		{Kind: bridge.PartImage, Most: imageLimit, MIME: sortedTypes(bridge.PartImage)},
		{Kind: bridge.PartVideo, Most: videoLimit, MIME: sortedTypes(bridge.PartVideo)},
	}
}

func sortedTypes(kind bridge.PartKind) []string {
	types := make([]string, 0, len(fileNames[kind]))
	for mime := range fileNames[kind] {
		types = append(types, mime)
	}
	slices.Sort(types)

	return types
}
