// Package marketplace plays the Freshworks Marketplace for one Freshchat
// account: the dialog that frames the app's install page, the saved
// installation parameters, the set-up events, and the app's server.js, which
// signs and passes on product events.
//
// It behaves as https://developers.freshworks.com/docs/app-sdk/v3.0/ says,
// with the real limits: a refusal at installation stands, an answer at
// uninstallation does not, and calls to the backend are counted by the minute.
// Everything that its page does can be done by code as well, so that tests can
// play an account's whole life without a browser.
//
// The package must not import anything of the product: it is a second reading
// of the contract between the app and its backend.
package marketplace
