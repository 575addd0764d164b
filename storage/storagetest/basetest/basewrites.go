package basetest

import (
	"context"
	"reflect"
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

func checkBaseWrites[R lance.Repos](t *testing.T, h Harness[R]) {
	t.Helper()
	var writes []Write[R]
	writes = append(writes, logWrites[R]()...)
	writes = append(writes, cursorWrites[R]()...)
	writes = append(writes, deliveryWrites[R]()...)
	writes = append(writes, timerWrites[R]()...)
	writes = append(writes, keyWrites[R]()...)
	writes = append(writes, rowWrites(h)...)
	CheckWrites(t, Writes[R]{
		Open:  func(t *testing.T) lance.Runner[R] { return h.Open(t, clocktest.At(epoch)) },
		Hosts: h.Hosts,
		Stores: map[string]reflect.Type{
			"Repos": reflect.TypeFor[lance.Repos](), "Log": reflect.TypeFor[lance.Log](), "Cursors": reflect.TypeFor[lance.Cursors](),
			"Deliveries": reflect.TypeFor[lance.Deliveries](), "Timers": reflect.TypeFor[lance.Timers](), "Keys": reflect.TypeFor[lance.Keys](),
			"Rows": reflect.TypeFor[lance.Rows[Widget, WidgetID]](),
		},
		Writes: writes,
		Reads: []string{
			"Repos.Now", "Repos.Entropy", "Repos.Log", "Repos.Checkpoints", "Repos.Cursors", "Repos.Deliveries", "Repos.Timers", "Repos.Keys", "Repos.Facts", // facts are Rows
			"Repos.Lock", // what it writes ends with the transaction; the laws of locks test it
			"Log.Read", "Log.Stream", "Log.Entries", "Log.Seals", "Log.Waiting", "Log.Loose", "Log.Backlog",
			"Cursors.Cursor", "Cursors.Parked",
			"Deliveries.Delivery", "Deliveries.Dead", "Deliveries.NextDue",
			"Timers.Of", "Timers.Due", "Timers.NextDue",
			"Rows.Get", "Rows.Find",
		},
	})
}

func logWrites[R lance.Repos]() []Write[R] {
	appendOne := func(ctx context.Context, r R) error { return r.Log().Append(ctx, event("a", 1, 0)) }
	stream := func(ctx context.Context, r R) (any, error) { return r.Log().Stream(ctx, ref("a")) }
	backlog := func(ctx context.Context, r R) (any, error) { return r.Log().Backlog(ctx) }
	seal := func(ctx context.Context, r R) error {
		_, err := r.Log().Seal(ctx, 10)
		return err
	}
	seals := func(ctx context.Context, r R) (any, error) { return r.Log().Seals(ctx, 0, 10) }
	entries := func(ctx context.Context, r R) (any, error) { return r.Log().Entries(ctx, 0, 10) }
	return []Write[R]{
		{"Log.Append", nil, appendOne, stream},
		{"Log.Append", nil, appendOne, backlog},
		{"Log.Witness", nil, func(ctx context.Context, r R) error { return r.Log().Witness(ctx, entry("t")) }, backlog},
		{"Log.Seal", appendOne, seal, seals},
		{"Log.Seal", appendOne, seal, entries},
		{"Log.Seal", appendOne, seal, stream},
		{"Log.Seal", appendOne, seal, backlog},
	}
}

func cursorWrites[R lance.Repos]() []Write[R] {
	at := func(ctx context.Context, r R) (any, error) { return r.Cursors().Cursor(ctx, "c") }
	aside := func(ctx context.Context, r R) (any, error) { return r.Cursors().Parked(ctx, "c", lance.Ref{}, 10) }
	move := func(from, to int64) func(ctx context.Context, r R) error {
		return func(ctx context.Context, r R) error { return r.Cursors().Advance(ctx, "c", from, to) }
	}
	set := func(code string) func(ctx context.Context, r R) error {
		return func(ctx context.Context, r R) error { return r.Cursors().Park(ctx, parked("c", 1, "a", code)) }
	}
	rewind := func(ctx context.Context, r R) error { return r.Cursors().Rewind(ctx, "c", 1) }
	return []Write[R]{
		{"Cursors.Advance", nil, move(0, 3), at},
		{"Cursors.Advance", move(0, 3), move(3, 4), at},
		{"Cursors.Rewind", nil, rewind, at},
		{"Cursors.Rewind", move(0, 3), rewind, at},
		{"Cursors.Park", nil, set("x"), aside},
		{"Cursors.Park", set("x"), set("y"), aside},
		{"Cursors.Unpark", set("x"), func(ctx context.Context, r R) error {
			_, err := r.Cursors().Unpark(ctx, "c", 1)
			return err
		}, aside},
	}
}

func deliveryWrites[R lance.Repos]() []Write[R] {
	enqueue := func(ctx context.Context, r R) error { return r.Deliveries().Enqueue(ctx, delivery("a", epoch)) }
	claim := func(ctx context.Context, r R) error {
		_, err := r.Deliveries().Claim(ctx, "mail", epoch, lease, 10)
		return err
	}
	next := func(ctx context.Context, r R) (any, error) { return r.Deliveries().NextDue(ctx) }
	one := func(ctx context.Context, r R) (any, error) { return r.Deliveries().Delivery(ctx, "mail", "a") }
	claimed := func(ctx context.Context, r R) error {
		if err := enqueue(ctx, r); err != nil {
			return err
		}
		return claim(ctx, r)
	}
	settle := func(ctx context.Context, r R) error {
		d := delivery("a", epoch)
		d.Token, d.State = 1, lance.DeliveryDone
		return r.Deliveries().Settle(ctx, d)
	}
	return []Write[R]{
		{"Deliveries.Enqueue", nil, enqueue, next},
		{"Deliveries.Claim", enqueue, claim, one},
		{"Deliveries.Claim", enqueue, claim, next},
		{"Deliveries.Settle", claimed, settle, one},
		{"Deliveries.Settle", claimed, settle, next},
	}
}

func timerWrites[R lance.Repos]() []Write[R] {
	set := func(ts ...lance.Timer) func(ctx context.Context, r R) error {
		return func(ctx context.Context, r R) error { return r.Timers().Set(ctx, ts...) }
	}
	of := func(ctx context.Context, r R) (any, error) { return r.Timers().Of(ctx, ref("a")) }
	next := func(ctx context.Context, r R) (any, error) { return r.Timers().NextDue(ctx) }
	take := func(ctx context.Context, r R) error {
		_, _, err := r.Timers().Take(ctx, ref("a"), "k", epoch)
		return err
	}
	cancel := func(kinds ...string) func(ctx context.Context, r R) error {
		return func(ctx context.Context, r R) error { return r.Timers().Cancel(ctx, ref("a"), kinds...) }
	}
	one, two := timer("a", "k", epoch), timer("a", "other", epoch)
	return []Write[R]{
		{"Timers.Set", nil, set(one, two), of},
		{"Timers.Set", nil, set(one), next},
		{"Timers.Set", set(one), set(timer("a", "k", epoch.AddDate(0, 0, 1))), of},
		{"Timers.Take", set(one), take, of},
		{"Timers.Take", set(one), take, next},
		{"Timers.Cancel", set(one, two), cancel(), of},
		{"Timers.Cancel", set(one, two), cancel("other"), of},
	}
}

// keyWrites sees whether a key stands by claiming it.
func keyWrites[R lance.Repos]() []Write[R] {
	claim := func(ctx context.Context, r R) error {
		_, err := r.Keys().Claim(ctx, key("ann", "k", epoch))
		return err
	}
	sweep := func(ctx context.Context, r R) error {
		_, err := r.Keys().Sweep(ctx, epoch.AddDate(1, 0, 0), 10)
		return err
	}
	answer := func(ctx context.Context, r R) error { return r.Keys().Answer(ctx, "ann", "k", "answered") }
	result := func(ctx context.Context, r R) (any, error) {
		standing, err := r.Keys().Claim(ctx, key("ann", "k", epoch))
		if standing == nil {
			return nil, err
		}
		return standing.Result, err
	}
	stands := func(ctx context.Context, r R) (any, error) {
		standing, err := r.Keys().Claim(ctx, key("ann", "k", epoch))
		return standing != nil, err
	}
	return []Write[R]{
		{"Keys.Claim", nil, claim, stands},
		{"Keys.Answer", claim, answer, result},
		{"Keys.Sweep", claim, sweep, stands},
	}
}

func rowWrites[R lance.Repos](h Harness[R]) []Write[R] {
	insert := func(ctx context.Context, r R) error { return h.Widgets(r).Insert(ctx, full("a")) }
	all := func(ctx context.Context, r R) (any, error) { return h.Widgets(r).Find(ctx, lance.Filter{}) }
	note := func(ctx context.Context, r R) error { return h.Notes(r).Insert(ctx, &Note{ID: "n", Text: "text"}) }
	notes := func(ctx context.Context, r R) (any, error) { return h.Notes(r).Find(ctx, lance.Filter{}) }
	update := func(ctx context.Context, r R) error {
		d := widget("a")
		d.Version = 1
		return h.Widgets(r).Update(ctx, d)
	}
	return []Write[R]{
		{"Rows.Insert", nil, insert, all},
		{"Rows.Insert", nil, note, notes},
		{"Rows.Update", insert, update, all},
	}
}
