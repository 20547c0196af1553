// Package load plays TikTok at full speed: it makes signed webhooks and sends
// them over connections of its own, since on a small machine every
// microsecond that the load generator takes is missing from what is measured.
//
// It knows no more of the product than its webhook address.
package load
