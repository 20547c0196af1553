package pack

import (
	"fmt"
	"slices"
)

// Rule is one rule of the platform that the package is held to.
type Rule struct {
	// Name says what has to hold.
	Name string
	// broken returns a sentence for every place where it does not.
	broken func(*contents) []string
}

// Fault is a place where a rule does not hold.
type Fault struct {
	Rule string
	// Words say what is wrong and where.
	Words string
}

// Rules are all rules, in the order in which they are checked.
func Rules() []Rule {
	return slices.Concat(layoutRules, manifestRules, requestRules, codeRules)
}

// Check holds the package to every rule. A file that cannot be read is a fault
// of the rule about it, and the rules that need it say nothing.
func (p *Package) Check() []Fault {
	var faults []Fault

	c := p.read()

	for _, r := range Rules() {
		for _, words := range r.broken(c) {
			faults = append(faults, Fault{Rule: r.Name, Words: words})
		}
	}

	return faults
}

// Confirm is what only the platform's own tools can say about a package.
func Confirm() []string {
	return []string{
		"fdk validate: the code's complexity and style by the platform's own linter, and that the dependencies install",
		"fdk run: the coverage report that a review wants in coverage/, made by playing the events in server/test_data",
		"a real account: whether the installation page may hold a frame, and how high it is shown",
	}
}

func notFound(file string) string { return fmt.Sprintf("%s is missing", file) }
