// Package api is the engine over HTTP: one declaration for each operation, from
// which the router, the OpenAPI document and the access matrix come.
//
// An operation translates: it reads a request into a service's input, calls the
// service as the actor whose token came along, and shows the result. Rules,
// permissions and SQL are below. A view is a resource as a client sees it; a
// policy says what each kind of caller is answered, and a test asks as each.
//
// Every POST takes an Idempotency-Key. Where a service has a key of its own it
// is given that; everything else runs in one transaction that claims the key,
// does the work and keeps the answer, so that the three stand or fall together.
package api
