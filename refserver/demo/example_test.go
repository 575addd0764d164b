package demo_test

import (
	"fmt"

	"github.com/megilance/lance/refserver/demo"
)

// Everybody in the demo signs in by an address made of his name.
func Example() {
	fmt.Println(demo.Email("ada"), demo.Password)
	// Output:
	// ada@example.com lance-demo-2026
}
