package views

import "github.com/a-h/templ"

// swapped marks a region that htmx puts in the place of the one with the same id.
func swapped(part bool) templ.Attributes {
	if !part {
		return nil
	}

	return templ.Attributes{"hx-swap-oob": "true"}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}

	return "no"
}
