// Package trust tells people who look at a party whether to trust it with their work.
//
// A party's payment is verified when a payment provider has charged at least one of its
// top-ups and no chargeback of that top-up was lost. It follows from what the provider
// has said, each time it is asked: nobody sets it, and nothing keeps it. A chargeback
// that is open does not count against it yet, and one that is lost counts until the
// provider says that it was won after all.
//
// The package owns no rows: what it tells package payments has.
package trust
