package config_test

import (
	"fmt"

	"github.com/megilance/lance/refserver/config"
)

// What is wrong with settings is told in a line each, before anything starts.
func Example() {
	s := config.Serve{Addr: "8080", Step: 1, Files: "files", LogName: "log"}
	fmt.Println(s.Check())
	// Output:
	// addr: is HOST:PORT, such as 127.0.0.1:8080
	// step: from 10ms to 1m
}
