package config

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with the settings, for the operator's eyes. It never holds a secret.
type Fault struct {
	// Variable is the environment variable concerned.
	Variable string
	// Problem continues the sentence that the variable begins, for example "is not set".
	Problem string
	// Mend is a sentence that says what to do.
	Mend string
}

// String is the fault in one line.
func (f Fault) String() string { return f.Variable + " " + f.Problem + ". " + f.Mend }

// Faults are all things wrong with the settings. Check returns them as one error; errors.As gives
// the list back.
type Faults []Fault

// Error lists the faults, one in a line.
func (f Faults) Error() string {
	if len(f) == 1 {
		return f[0].String()
	}

	var text strings.Builder

	fmt.Fprintf(&text, "%d settings need mending:", len(f))

	for _, fault := range f {
		text.WriteString("\n- " + fault.String())
	}

	return text.String()
}

// add records a fault.
func (f *Faults) add(variable, problem, mend string) {
	*f = append(*f, Fault{Variable: variable, Problem: problem, Mend: mend})
}

// about tells whether there is a fault of the variable.
func (f Faults) about(variable string) bool {
	return slices.ContainsFunc(f, func(fault Fault) bool { return fault.Variable == variable })
}
