// Package components holds the pieces that several pages share: the page around them, fields,
// notices, buttons, and the box to copy from. It takes plain values and must not know any page.
package components
