// Command lifecycle shows the whole job: a posted project becomes a paid
// freelancer. A client, two freelancers and an administrator do each step
// through the Go API, every step is printed, and the books are re-folded after
// each one from the transfers alone.
//
//	go run ./examples/lifecycle                          on SQLite, in a file that is removed again
//	go run ./examples/lifecycle --dsn sqlite:job.db      in a file that stays
//	go run ./examples/lifecycle --dsn postgres://…       on PostgreSQL
//	go run ./examples/lifecycle --dsn memory:            in memory
package main
