package ledger

import (
	"math"
	"strconv"
	"strings"

	"github.com/megilance/lance"
)

// check collects what breaks a rule whatever the books say.
func check(ts []Transfer) error {
	var f lance.Faults
	if len(ts) > MaxSet {
		f.Add("", "too_many", "a set has at most 1,000 transfers")
		return f.Err()
	}
	for i := range ts {
		f.Check("/"+strconv.Itoa(i), ts[i].check())
	}
	return f.Err()
}

func (t *Transfer) check() error {
	var f lance.Faults
	f.Check("/id", t.ID.check())
	f.Check("/code", t.Code.check())
	if err := (lance.PartyID(t.Subject.ID)).Check(); err != nil || t.Subject.Kind == "" {
		f.Add("/subject", "subject_required", "a transfer is about something")
	}
	if t.Resolves == "" || !t.bare() {
		t.checkAccounts(&f)
	}
	t.checkAmount(&f)
	t.checkPhase(&f)
	t.checkLots(&f)
	t.checkCorrects(&f)
	return f.Err()
}

func (t *Transfer) checkAccounts(f *lance.Faults) {
	f.Check("/debit", t.Debit.Check())
	f.Check("/credit", t.Credit.Check())
	if t.Debit == t.Credit {
		f.Add("/credit", "account_same", "a transfer is between two accounts")
	}
	if t.Debit.Currency != t.Credit.Currency {
		f.Add("/credit", "currency_mixed", "both accounts have one currency")
	}
}

func (t *Transfer) checkAmount(f *lance.Faults) {
	switch {
	case t.Resolves != "" && t.Amount == (lance.Money{}):
	case t.Amount.Minor() <= 0:
		f.Add("/amount", "amount_positive", "an amount is above zero")
	case !t.bare() && t.Amount.Currency() != t.Debit.Currency:
		f.Add("/amount", "currency_mixed", "the amount is in the currency of the accounts")
	}
}

func (t *Transfer) checkPhase(f *lance.Faults) {
	if t.Resolves != "" {
		f.Check("/resolves", t.Resolves.check())
	}
	if t.Pending && t.Resolves != "" {
		f.Add("/resolves", "transfer_phase", "a transfer is pending or resolves one, not both")
	}
	if t.Pending && !t.Debit.Kind.Lots() {
		f.Add("/debit", "account_reserves", "nothing can be reserved on an account of this kind")
	}
	if t.Void && t.Resolves == "" {
		f.Add("/void", "transfer_phase", "only a pending transfer can be voided")
	}
	if !t.Pending && !t.ExpiresAt.IsZero() {
		f.Add("/expires_at", "transfer_phase", "only a pending transfer expires")
	}
}

func (t *Transfer) checkCorrects(f *lance.Faults) {
	if t.Corrects == "" {
		return
	}
	f.Check("/corrects", t.Corrects.check())
	if !t.Moves() || t.Resolves != "" {
		f.Add("/corrects", "transfer_phase", "what corrects moves money at once")
	}
}

func (t *Transfer) checkLots(f *lance.Faults) {
	if t.Lot != nil {
		if t.Lot.Provider == "" || !t.Moves() || t.Debit.Kind.Lots() || !t.Credit.Kind.Lots() || len(t.Lots) > 0 {
			f.Add("/lot", "lot_misplaced", "a lot comes from a provider into an account that is made of lots")
		}
	}
	if !t.Since.IsZero() && (!t.Moves() || !t.Debit.Kind.Lots() || len(t.Lots) > 0) {
		f.Add("/since", "lot_misplaced", "this transfer chooses no lots")
	}
	if len(t.Lots) == 0 {
		return
	}
	if !t.Moves() || (!t.bare() && !t.Debit.Kind.Lots() && !t.Credit.Kind.Lots()) {
		f.Add("/lots", "lot_misplaced", "this transfer moves no lots")
	}
	sum, seen := int64(0), make(map[LotID]bool)
	for i, s := range t.Lots {
		at := "/lots/" + strconv.Itoa(i)
		if s.Amount.Minor() <= 0 || s.Amount.Currency() != t.Amount.Currency() {
			f.Add(at+"/amount", "amount_positive", "a share is above zero and in the currency of the transfer")
		}
		if _, err := lance.ParseID[LotID]("lot", string(s.Lot)); err != nil || seen[s.Lot] {
			f.Add(at+"/lot", "lot_syntax", "each share names another lot")
		}
		seen[s.Lot] = true
		sum = saturate(sum, s.Amount.Minor())
	}
	if sum != t.Amount.Minor() {
		f.Add("/lots", "lot_sum", "the shares sum up to the amount")
	}
}

func (id TransferID) check() error {
	_, err := lance.ParseID[TransferID]("trf", string(id))
	return err
}

func (c Code) check() error {
	if len(c) < 1 || len(c) > 40 || strings.Trim(string(c), "abcdefghijklmnopqrstuvwxyz_") != "" {
		return lance.E(lance.Invalid, "code_syntax", "a code is 1 to 40 lower-case letters and underscores")
	}
	return nil
}

// saturate adds two amounts that are not negative and stops at the greatest.
func saturate(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
