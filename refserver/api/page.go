package api

import "github.com/megilance/lance"

// PageIn is what every list takes.
type PageIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"how many at most"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before"`
}

func (p PageIn) query() lance.PageQuery { return lance.PageQuery{Limit: p.Limit, Cursor: p.Cursor} }

// page is one page of a list.
type page[V any] struct {
	Items      []V     `json:"items" nullable:"false"`
	NextCursor *string `json:"next_cursor" doc:"asks for the next page; null on the last"`
}

// pageOf shows a page, each item as view shows it.
func pageOf[D, V any](p lance.Page[D], view func(*D) V) *page[V] {
	out := &page[V]{Items: make([]V, len(p.Items))}
	for i, d := range p.Items {
		out.Items[i] = view(d)
	}
	if p.Next != "" {
		out.NextCursor = &p.Next
	}
	return out
}

// list is a list that has no pages.
type list[V any] struct {
	Items []V `json:"items" nullable:"false"`
}

func listOf[D, V any](ds []D, view func(D) V) *list[V] {
	out := &list[V]{Items: make([]V, len(ds))}
	for i, d := range ds {
		out.Items[i] = view(d)
	}
	return out
}

// ByID names the resource of a path.
type ByID struct {
	ID string `path:"id" maxLength:"200" doc:"which"`
}
