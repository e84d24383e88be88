package pattern_test

import (
	"fmt"

	"github.com/mithaq-hub/mithaq/stix/pattern"
)

func ExampleParse() {
	p, err := pattern.Parse("[ipv4-addr:value IN('198.51.100.1','203.0.113.33')] within 5 seconds")
	fmt.Println(p, err)
	p, err = pattern.Parse("([ipv4-addr:value IN('198.51.100.1','203.0.113.33')]) WITHIN 5 SECONDS")
	fmt.Println(p, err)
	for path, literal := range p.Equalities() {
		fmt.Println(path, literal)
	}
	// Output:
	// <nil> pattern: line 1, column 53: want the end, or AND, OR, FOLLOWEDBY or a qualifier, found `within`
	// [ipv4-addr:value IN ('198.51.100.1', '203.0.113.33')] WITHIN 5 SECONDS <nil>
	// ipv4-addr:value 198.51.100.1
	// ipv4-addr:value 203.0.113.33
}
