package journey

import "fmt"

// differs is an error while both are the same.
func differs(got, other string) error {
	if got == other {
		return fmt.Errorf("it is still %q", got)
	}

	return nil
}
