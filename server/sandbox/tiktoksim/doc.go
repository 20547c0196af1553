// Package tiktoksim plays TikTok Shop over HTTP for the demo and for tests:
// authorization pages, token service, the customer service API, media and
// webhooks, as strictly as the vendor's pages say and with everything that
// goes wrong on the real side at the turn of a switch.
//
// It is a second reading of the vendor's pages
// (https://partner.tiktokshop.com/docv2/page/…, named where they are used) and
// must share no code with our own client: it imports nothing of the product
// but simkit.
//
// One handler plays all three hosts, whose paths do not collide: the business
// API, the token service and the authorization pages. Its controls live below
// /_sandbox/ and are listed by GET /_sandbox/.
package tiktoksim
