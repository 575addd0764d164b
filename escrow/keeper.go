package escrow

import (
	"reflect"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/megilance/lance"
)

// Keeper is who keeps cases of some kind: package dispute, package payments for
// chargebacks, or a help desk of the embedder's. What one has frozen no other
// thaws or rules on, whoever asks for it. The zero Keeper is nobody.
type Keeper struct{ name string }

// KeeperOf returns the keeper that goes by a type. The type is the proof: a named
// one that is not exported, so that no other package can name it, and neither can
// the Keeper be had elsewhere if it stays in a variable that is not exported:
//
//	type desk struct{}
//
//	var keeper = escrow.KeeperOf[desk]()
//
// Frozen agreements remember the path and the name of the type: who renames or
// moves it ends its cases first. It panics, since it runs while package variables
// are made, for any other type.
func KeeperOf[T any]() Keeper {
	t := reflect.TypeFor[T]()
	if first, _ := utf8.DecodeRuneInString(t.Name()); t.PkgPath() == "" || first == utf8.RuneError || unicode.IsUpper(first) {
		panic("escrow: a keeper goes by a named type that is not exported, and not by " + t.String())
	}
	return Keeper{t.PkgPath() + "." + t.Name()}
}

// Name returns what frozen agreements and suspended cases remember of the keeper.
// It is no secret, and proves nothing.
func (k Keeper) Name() string { return k.name }

// Check returns nil, or Invalid "keeper_required" for nobody.
func (k Keeper) Check() error {
	if k.name == "" {
		return lance.E(lance.Invalid, "keeper_required", "a case has somebody who keeps it")
	}
	return nil
}

// CaseOf returns the case by which the keeper has the agreement frozen, the oldest
// of several, and whether there is one.
func (k Keeper) CaseOf(a *Agreement) (about lance.Ref, is bool) {
	for _, b := range a.Pause.brakes() {
		if b.Keeper == k.name {
			return b.Case, true
		}
	}
	return about, false
}

// Brake is a case that has an agreement frozen, and who keeps it.
type Brake struct {
	Case   lance.Ref `json:"case"`
	Keeper string    `json:"keeper"` // Keeper.Name
}

// brakes are all the cases that have the agreement frozen, the oldest first.
func (p *Pause) brakes() []Brake {
	if p.Case.IsZero() {
		return nil
	}
	return append([]Brake{{p.Case, p.Keeper}}, p.Also...)
}

// brake puts a case to those that have the agreement frozen.
func (p *Pause) brake(b Brake) {
	if p.Case.IsZero() {
		p.Case, p.Keeper = b.Case, b.Keeper
		return
	}
	p.Also = append(slices.Clone(p.Also), b)
}

// lift takes a case from them.
func (p *Pause) lift(b Brake) {
	rest := slices.DeleteFunc(p.brakes(), func(x Brake) bool { return x == b })
	p.Case, p.Keeper, p.Also = rest[0].Case, rest[0].Keeper, slices.Clip(rest[1:])
	if len(p.Also) == 0 {
		p.Also = nil
	}
}

// by is the case of a command, and who keeps it.
func (in *command) by() Brake { return Brake{in.Case, in.Keeper.name} }

// kept refuses what a case does to a frozen agreement that it has not frozen, or
// that somebody else does who does not keep it; and to freeze it once more for the
// same.
func (a *Agreement) kept(in command, do Action) error {
	has := a.Pause.brakes()
	i := slices.IndexFunc(has, func(b Brake) bool { return b.Case == in.Case })
	switch {
	case do == FreezeToo && i >= 0:
		return lance.E(lance.Exists, "freeze_exists", "this case has frozen the agreement already")
	case do == FreezeToo:
		return nil
	case i < 0:
		return lance.E(lance.Precondition, "freeze_case", "another case has frozen the agreement")
	case has[i] != in.by():
		return lance.E(lance.Forbidden, "freeze_keeper", "only who keeps the case ends what it has frozen")
	case do == Rule && len(has) > 1 && a.Remaining().IsPositive():
		return lance.E(lance.Precondition, "freeze_shared", "another case has frozen the agreement, too")
	}
	return nil
}
