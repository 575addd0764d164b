package review

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
)

// ID names a review: "rev_…".
type ID string

// Review is what one party of a contract says about the other.
type Review struct {
	ID          ID
	Version     int64 // from 1; grows with every change
	Contract    contract.ID
	Author      lance.PartyID
	Subject     lance.PartyID // whom it is about
	Rating      int           // 1 to 5
	Comment     string        // plain text, at most 2,000 characters
	Reply       string        // of the subject; empty before
	State       State
	CreatedAt   time.Time // UTC, as all times
	PublishedAt time.Time // zero while hidden
	RepliedAt   time.Time // zero before
}

// Ref names the review in events.
func (r *Review) Ref() lance.Ref { return lance.Ref{Kind: "review", ID: string(r.ID)} }

// Verified reports whether the review rests on finished and paid work: it
// belongs to a contract, and only a completed one can be reviewed.
func (r *Review) Verified() bool { return r.Contract != "" }

// Public reports whether everybody sees the review and it counts.
func (r *Review) Public() bool { return r.State != StateHidden }

// ListedAt returns where the review stands among others: when it was published,
// and before that when it was written.
func (r *Review) ListedAt() time.Time {
	if r.PublishedAt.IsZero() {
		return r.CreatedAt
	}
	return r.PublishedAt
}

// AllowedActions returns what the actor may do to the review now.
func (r *Review) AllowedActions(by lance.Actor) []Action {
	return Lifecycle.Actions(r.State, r.relations(by)...)
}

func (r *Review) relations(by lance.Actor) (as []lance.Relation) {
	if by.Party != "" && by.Party == r.Author {
		as = append(as, ByAuthor)
	}
	if by.Party != "" && by.Party == r.Subject {
		as = append(as, BySubject)
	}
	if by.Has(lance.RoleAdmin) {
		as = append(as, lance.ByAdmin)
	}
	return as
}

// visibleTo reports whether the actor may read the review: everybody once it is
// published, its author and an administrator before.
func (r *Review) visibleTo(by lance.Actor) bool {
	return r.Public() || by.IsSystem() || by.Has(lance.RoleAdmin) || (by.Party != "" && by.Party == r.Author)
}

// Rating counts the published reviews about one party.
type Rating struct {
	Party   lance.PartyID
	Version int64    // from 1; grows with every review published
	Stars   [5]int64 // how many reviews gave 1, 2, 3, 4 and 5
}

// Ref names the rating in locks and events.
func (r *Rating) Ref() lance.Ref { return ratingRef(r.Party) }

func ratingRef(p lance.PartyID) lance.Ref { return lance.Ref{Kind: "rating", ID: string(p)} }

// Count returns how many published reviews there are.
func (r *Rating) Count() int64 {
	var n int64
	for _, c := range r.Stars {
		n += c
	}
	return n
}

// Hundredths returns the average in hundredths, rounded half up: 450 is 4.50. It
// is 0 while there are no reviews.
func (r *Rating) Hundredths() int {
	var sum, n int64
	for i, c := range r.Stars {
		sum, n = sum+int64(i+1)*c, n+c
	}
	if n == 0 {
		return 0
	}
	return int((200*sum + n) / (2 * n))
}
