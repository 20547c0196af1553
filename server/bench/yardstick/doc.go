// Package yardstick holds the bare programs that the product is measured
// against: Probe, what the disk alone costs; Limit, a handler that verifies,
// reads and stores; Pipeline, the same with delivery in order behind it. They
// do what no message relay could leave out, as leanly as they can, and nothing
// else: a slow yardstick would flatter the product.
//
// They must not share code with the product.
package yardstick
