package guarantee

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// Changed is what every event about a claim carries: who and what it is about, and
// where it stands after the change. It holds no texts.
type Changed struct {
	Claim      ID            `json:"guarantee_claim"`
	Agreement  escrow.ID     `json:"agreement"`
	Payer      lance.PartyID `json:"payer"`
	Payee      lance.PartyID `json:"payee"`
	State      State         `json:"state"`
	Amount     lance.Money   `json:"amount"`               // that is claimed
	DeadlineAt time.Time     `json:"deadline_at,omitzero"` // until when somebody has to decide; absent when it is decided
}

func (c *Claim) changed() Changed {
	return Changed{c.ID, c.Agreement, c.Payer, c.Payee, c.State, c.Amount, c.DeadlineAt}
}

// ClaimFiled says that a payer wants money back.
type ClaimFiled struct{ Changed }

// EventType returns "guarantee_claim.filed", schema 1.
func (ClaimFiled) EventType() (string, int) { return "guarantee_claim.filed", 1 }

// ClaimAssigned says who decides about a claim.
type ClaimAssigned struct {
	Changed
	Judge lance.UserID `json:"judge"`
}

// EventType returns "guarantee_claim.assigned", schema 1.
func (ClaimAssigned) EventType() (string, int) { return "guarantee_claim.assigned", 1 }

// ClaimUpheld says that a claim is granted, or a part of it.
type ClaimUpheld struct {
	Changed
	Granted lance.Money `json:"granted"`
}

// EventType returns "guarantee_claim.upheld", schema 1.
func (ClaimUpheld) EventType() (string, int) { return "guarantee_claim.upheld", 1 }

// ClaimRejected says that nothing of a claim is granted.
type ClaimRejected struct{ Changed }

// EventType returns "guarantee_claim.rejected", schema 1.
func (ClaimRejected) EventType() (string, int) { return "guarantee_claim.rejected", 1 }

// ClaimWithdrawn says that the payer has taken a claim back.
type ClaimWithdrawn struct{ Changed }

// EventType returns "guarantee_claim.withdrawn", schema 1.
func (ClaimWithdrawn) EventType() (string, int) { return "guarantee_claim.withdrawn", 1 }

// ClaimDelayed says why a claim that is upheld cannot be paid yet.
type ClaimDelayed struct {
	Changed
	Why Why `json:"why"`
}

// EventType returns "guarantee_claim.delayed", schema 1.
func (ClaimDelayed) EventType() (string, int) { return "guarantee_claim.delayed", 1 }

// ClaimPaid says that the payer has got what was granted, or what was left of it.
type ClaimPaid struct {
	Changed
	FromHold lance.Money `json:"from_hold"` // out of what the agreement held
	FromFund lance.Money `json:"from_fund"` // out of the guarantee fund
}

// EventType returns "guarantee_claim.paid", schema 1.
func (ClaimPaid) EventType() (string, int) { return "guarantee_claim.paid", 1 }

// ClaimOvertaken says that all that a claim is about went back to the payer otherwise.
type ClaimOvertaken struct{ Changed }

// EventType returns "guarantee_claim.overtaken", schema 1.
func (ClaimOvertaken) EventType() (string, int) { return "guarantee_claim.overtaken", 1 }

// FundFilled says that the guarantee fund has more.
type FundFilled struct {
	Fill   FillID      `json:"guarantee_fill"`
	Amount lance.Money `json:"amount"`
	From   Source      `json:"from"`
}

// EventType returns "guarantee_fill.posted", schema 1.
func (FundFilled) EventType() (string, int) { return "guarantee_fill.posted", 1 }
