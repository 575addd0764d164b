package profile

import "github.com/megilance/lance"

// Changed is what the events about a profile carry.
type Changed struct {
	Party      lance.PartyID `json:"party"`
	View       View          `json:"view"`
	Visibility Visibility    `json:"visibility"`
}

// Created says that a party wrote its first profile.
type Created struct{ Changed }

// EventType returns "profile.created", schema 1.
func (Created) EventType() (string, int) { return "profile.created", 1 }

// Edited says that a party changed its profile.
type Edited struct{ Changed }

// EventType returns "profile.edited", schema 1.
func (Edited) EventType() (string, int) { return "profile.edited", 1 }

// ItemChanged is what the events about a portfolio item carry.
type ItemChanged struct {
	Item  ItemID        `json:"item"`
	Party lance.PartyID `json:"party"`
	State ItemState     `json:"state"`
}

// ItemAdded says that a party added a piece of work to its portfolio.
type ItemAdded struct{ ItemChanged }

// EventType returns "portfolio_item.added", schema 1.
func (ItemAdded) EventType() (string, int) { return "portfolio_item.added", 1 }

// ItemEdited says that a party changed an item.
type ItemEdited struct{ ItemChanged }

// EventType returns "portfolio_item.edited", schema 1.
func (ItemEdited) EventType() (string, int) { return "portfolio_item.edited", 1 }

// ItemHid says that only its party sees an item now.
type ItemHid struct{ ItemChanged }

// EventType returns "portfolio_item.hidden", schema 1.
func (ItemHid) EventType() (string, int) { return "portfolio_item.hidden", 1 }

// ItemShown says that others see an item again.
type ItemShown struct{ ItemChanged }

// EventType returns "portfolio_item.shown", schema 1.
func (ItemShown) EventType() (string, int) { return "portfolio_item.shown", 1 }

// ItemTakenOut says that an item was removed.
type ItemTakenOut struct{ ItemChanged }

// EventType returns "portfolio_item.removed", schema 1.
func (ItemTakenOut) EventType() (string, int) { return "portfolio_item.removed", 1 }

// ItemRestored says that a removed item was brought back, hidden.
type ItemRestored struct{ ItemChanged }

// EventType returns "portfolio_item.restored", schema 1.
func (ItemRestored) EventType() (string, int) { return "portfolio_item.restored", 1 }
