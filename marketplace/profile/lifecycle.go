package profile

import "github.com/megilance/lance"

// ItemState is where a portfolio item stands.
type ItemState string

// The states of a portfolio item.
const (
	ItemVisible ItemState = "visible" // who sees the profile sees it
	ItemHidden  ItemState = "hidden"  // only its party sees it
	ItemRemoved ItemState = "removed" // only administrators see it
)

// ItemAction is what can be done to a portfolio item.
type ItemAction string

// The actions on a portfolio item.
const (
	EditItem    ItemAction = "edit"
	HideItem    ItemAction = "hide"
	ShowItem    ItemAction = "show"
	RemoveItem  ItemAction = "remove"
	RestoreItem ItemAction = "restore" // bring a removed one back, hidden
)

// ByOwner is the party whose portfolio it is.
const ByOwner lance.Relation = "owner"

// ItemLifecycle says how a portfolio item's state changes.
var ItemLifecycle = lance.NewMachine("portfolio_item", ItemVisible,
	lance.Edge(ItemVisible, EditItem, ItemVisible, ByOwner),
	lance.Edge(ItemVisible, HideItem, ItemHidden, ByOwner, lance.ByAdmin),
	lance.Edge(ItemVisible, RemoveItem, ItemRemoved, ByOwner, lance.ByAdmin),
	lance.Edge(ItemHidden, EditItem, ItemHidden, ByOwner),
	lance.Edge(ItemHidden, ShowItem, ItemVisible, ByOwner),
	lance.Edge(ItemHidden, RemoveItem, ItemRemoved, ByOwner, lance.ByAdmin),
	lance.Edge(ItemRemoved, RestoreItem, ItemHidden, lance.ByAdmin),
)
