// Package review lets the two parties of a completed contract speak of each
// other.
//
// Each party writes one review: a rating of 1 to 5 and a comment. It stays
// hidden until the other party has written too, or until 14 days after the
// contract's completion, when the window closes and what is there is
// published: neither can answer a bad review with one. The party who was
// reviewed may reply once.
//
// Only published reviews count. A party's Rating is kept beside them and
// changes in the transaction that publishes.
//
// This package does not own badges or rankings, which derive from ratings.
package review
