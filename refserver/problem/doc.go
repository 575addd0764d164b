// Package problem turns faults into HTTP problem details (RFC 9457): the one
// place where a lance.Kind becomes a status.
//
// A problem carries our stable code beside the standard members, and for invalid
// input the list of what is wrong with a JSON pointer each. The text of an
// Internal fault never leaves the server, and no problem repeats a value that the
// client sent.
package problem
