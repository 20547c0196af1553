// Package demo is the product's shop window: one page with a buyer's phone, an
// agent's inbox and what the backend does between the two, a short path to
// follow, and switches that break things.
//
// What it shows comes from outside the backend wherever possible: the
// platforms' own records tell what was written and what arrived, so that lost,
// doubled and reordered messages cannot hide. Of the backend it knows only
// whether it runs, the lines of its log, and that webhooks were acknowledged.
//
// The package must not import anything of the product but the sandboxes.
package demo
