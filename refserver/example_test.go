package main

import (
	"context"
	"fmt"
	"os"
)

// Mistakes in the settings are told before anything starts, a line each.
func Example() {
	code := run(context.Background(), []string{"--addr", "8080", "--drain", "1h"}, os.Stdout, os.Stdout)
	fmt.Println("status", code)
	// Output:
	// refserver: addr: is HOST:PORT, such as 127.0.0.1:8080
	// refserver: drain: up to 5m
	// status 2
}
