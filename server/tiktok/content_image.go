package tiktok

import "sellerchat/server/bridge"

// imageParts stands for a picture and keeps where it is.
func imageParts(c content) []bridge.Part {
	p := notice("Image", c.who+" sent a picture."+seeIt)
	p.URL = string(c.URL)

	return []bridge.Part{p}
}

// stickerParts stands for what the platform calls emoticons: pictures.
func stickerParts(c content) []bridge.Part {
	p := notice("Sticker", c.who+" sent a sticker."+seeIt)
	p.URL = string(c.URL)

	return []bridge.Part{p}
}
