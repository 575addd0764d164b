package profile

import (
	"context"

	"github.com/megilance/lance"
)

// MaxItems is how many items a portfolio holds, without removed ones.
const MaxItems = 50

// AddItem adds a piece of past work to the portfolio of the caller's party; a
// profile is not needed for that. Faults: Unauthorized; Invalid "invalid_input";
// Precondition "portfolio_full"; Conflict "key_reused".
func (s *Service) AddItem(ctx context.Context, by lance.Actor, in AddItemInput) (*Item, error) {
	const op = "profile.AddItem"
	if err := requireParty(by); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Item, error) { return addItem(ctx, r, by, in) })
}

func addItem(ctx context.Context, r Repos, by lance.Actor, in AddItemInput) (*Item, error) {
	id := lance.NewID[ItemID]("pfi", r)
	known, first, err := lance.Once(ctx, r, by, in.Key, "profile.AddItem", in, string(id))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.PortfolioItems().Get(ctx, ItemID(known))
	}
	if err := r.Lock(ctx, Ref(by.Party)); err != nil {
		return nil, err
	}
	items, err := itemsOf(ctx, r, by.Party, ItemVisible, ItemHidden)
	if err != nil {
		return nil, err
	}
	if len(items) >= MaxItems {
		return nil, lance.E(lance.Precondition, "portfolio_full", "a portfolio has at most 50 items")
	}
	i := &Item{ID: id, Party: by.Party, ItemTerms: in.ItemTerms, State: ItemLifecycle.Start(), CreatedAt: r.Now(), UpdatedAt: r.Now()}
	if err := r.PortfolioItems().Insert(ctx, i); err != nil {
		return nil, err
	}
	err = i.tell(ctx, r, by, ItemAdded{i.changed()})
	return i, err
}

// Portfolio lists the items of the caller's party that are not removed, hidden
// ones too, by place and age; a profile is not needed for that. Faults:
// Unauthorized.
func (s *Service) Portfolio(ctx context.Context, by lance.Actor) ([]*Item, error) {
	const op = "profile.Portfolio"
	if err := requireParty(by); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) ([]*Item, error) {
		return itemsOf(ctx, r, by.Party, ItemVisible, ItemHidden)
	})
}

// Item returns an item: one of the caller's party that is not removed, or for an
// administrator anybody's. Faults: Unauthorized; NotFound
// "portfolio_item_not_found" for others.
func (s *Service) Item(ctx context.Context, by lance.Actor, id ItemID) (*Item, error) {
	const op = "profile.Item"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*Item, error) {
		i, _, err := itemFor(ctx, r, by, id)
		return i, err
	})
}

// itemFor returns an item that the actor has to do with, and what he is to it.
func itemFor(ctx context.Context, r Repos, by lance.Actor, id ItemID) (*Item, []lance.Relation, error) {
	i, err := r.PortfolioItems().Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	as := i.relations(by)
	if len(as) == 0 || (i.State == ItemRemoved && as[len(as)-1] != lance.ByAdmin) {
		return nil, nil, ItemTable.NotFound()
	}
	return i, as, nil
}

// EditItem replaces what the caller's party says about one of its items. Faults:
// Unauthorized; Invalid "invalid_input"; NotFound "portfolio_item_not_found" for
// others; Precondition "portfolio_item_state"; Stale "portfolio_item_stale".
func (s *Service) EditItem(ctx context.Context, by lance.Actor, in EditItemInput) (*Item, error) {
	const op = "profile.EditItem"
	if err := requireParty(by); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return s.step(ctx, op, by, in.ID, in.Version, EditItem, func(i *Item) lance.Payload {
		i.ItemTerms = in.ItemTerms
		return ItemEdited{i.changed()}
	})
}

// HideItem hides an item from others: the party's own, or for an administrator
// anybody's. Faults: Unauthorized; NotFound "portfolio_item_not_found" for
// others; Precondition "portfolio_item_state".
func (s *Service) HideItem(ctx context.Context, by lance.Actor, id ItemID) (*Item, error) {
	return s.step(ctx, "profile.HideItem", by, id, 0, HideItem, func(i *Item) lance.Payload { return ItemHid{i.changed()} })
}

// ShowItem shows a hidden item of the caller's party to others. Faults: as
// HideItem, and Forbidden "portfolio_item_relation" for an administrator.
func (s *Service) ShowItem(ctx context.Context, by lance.Actor, id ItemID) (*Item, error) {
	return s.step(ctx, "profile.ShowItem", by, id, 0, ShowItem, func(i *Item) lance.Payload { return ItemShown{i.changed()} })
}

// RemoveItem takes an item out of the portfolio: the party's own, or for an
// administrator anybody's. Faults: as HideItem.
func (s *Service) RemoveItem(ctx context.Context, by lance.Actor, id ItemID) (*Item, error) {
	return s.step(ctx, "profile.RemoveItem", by, id, 0, RemoveItem, func(i *Item) lance.Payload { return ItemTakenOut{i.changed()} })
}

// RestoreItem brings a removed item back, hidden, for an administrator. Faults:
// as HideItem; its own party does not see it any more.
func (s *Service) RestoreItem(ctx context.Context, by lance.Actor, id ItemID) (*Item, error) {
	return s.step(ctx, "profile.RestoreItem", by, id, 0, RestoreItem, func(i *Item) lance.Payload { return ItemRestored{i.changed()} })
}

// step takes an item one action on in its lifecycle, changes it, stores it and
// says so.
func (s *Service) step(
	ctx context.Context, op string, by lance.Actor, id ItemID, version int64, do ItemAction, change func(*Item) lance.Payload,
) (*Item, error) {
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Item, error) {
		i, as, err := itemFor(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		if version != 0 && version != i.Version {
			return nil, ItemTable.Stale()
		}
		if i.State, err = ItemLifecycle.Next(i.State, do, as...); err != nil {
			return nil, err
		}
		i.UpdatedAt = r.Now()
		event := change(i)
		if err := r.PortfolioItems().Update(ctx, i); err != nil {
			return nil, err
		}
		err = i.tell(ctx, r, by, event)
		return i, err
	})
}

func (i *Item) changed() ItemChanged { return ItemChanged{Item: i.ID, Party: i.Party, State: i.State} }

func (i *Item) tell(ctx context.Context, r Repos, by lance.Actor, p lance.Payload) error {
	return lance.Emit(ctx, r, by, lance.Change{Stream: i.Ref(), Version: i.Version, Parties: []lance.PartyID{i.Party}}, p)
}
