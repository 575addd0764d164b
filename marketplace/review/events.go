package review

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
)

// Changed is what the events about a review carry.
type Changed struct {
	Review   ID            `json:"review"`
	Contract contract.ID   `json:"contract"`
	Author   lance.PartyID `json:"author"`
	Subject  lance.PartyID `json:"subject"`
	State    State         `json:"state"`
}

// Created says that a party wrote a review. It does not say which rating it
// gave: the review may be hidden.
type Created struct{ Changed }

// EventType returns "review.created", schema 1.
func (Created) EventType() (string, int) { return "review.created", 1 }

// Published says that everybody can see a review, and that it counts.
type Published struct {
	Changed
	Rating int `json:"rating"` // 1 to 5
}

// EventType returns "review.published", schema 1.
func (Published) EventType() (string, int) { return "review.published", 1 }

// Replied says that the party reviewed has answered.
type Replied struct{ Changed }

// EventType returns "review.replied", schema 1.
func (Replied) EventType() (string, int) { return "review.replied", 1 }

// RatingChanged says that one more review counts for a party.
type RatingChanged struct {
	Party      lance.PartyID `json:"party"`
	Count      int64         `json:"count"`      // of published reviews
	Hundredths int           `json:"hundredths"` // their average: 450 is 4.50
}

// EventType returns "rating.changed", schema 1.
func (RatingChanged) EventType() (string, int) { return "rating.changed", 1 }
