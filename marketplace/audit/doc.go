// Package audit shows those who run a platform what its log holds, and what
// stands still: events that a consumer could not handle and set aside, and calls
// to the outside that were given up. It sets both going again.
//
// What it shows of an event is who changed what and when. It is for
// administrators and the engine; to others everything here fails with
// Unauthorized "actor_required" or Forbidden "role_required".
//
// The package owns no rows: the log, cursors and deliveries are those that every
// store has (lance.Repos).
package audit
