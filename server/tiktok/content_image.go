package tiktok

// tellImage stands for a picture that cannot be carried.
func tellImage(c content) string { return labelled("Image", c.who+" sent a picture."+seeIt) }

// tellSticker stands for what the platform calls emoticons: pictures.
func tellSticker(c content) string { return labelled("Sticker", c.who+" sent a sticker."+seeIt) }
