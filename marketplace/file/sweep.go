package file

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
)

// What goes on by itself.
const (
	relayErase = "file.erase" // deletes the bytes of a file that was removed
	relaySweep = "file.sweep" // deletes bytes that no file has; the chore asks for it
)

// Bounds of a sweep.
const (
	sweepAge   = 24 * time.Hour // what is younger may be under way
	uploadAge  = sweepAge / 2   // what takes longer is not finished
	sweepBack  = 8 * sweepAge   // how far the chore looks back: a few that fail are made up for
	sweepPage  = 500
	sweepLimit = 5 * time.Minute
)

// Jobs returns what goes on by itself: deleting the bytes of files that were
// removed, and where there is a blob store, a Sweep of the last days once a day.
func (s *Service) Jobs() lance.Jobs[Repos] {
	erase := lance.Relay[Repos]{Name: relayErase, Send: func(ctx context.Context, d lance.Delivery) (keeper, error) {
		blobs, err := s.opts.store()
		if err != nil {
			return nil, err
		}
		return nil, blobs.Delete(ctx, d.Key)
	}}
	sweep := lance.Relay[Repos]{Name: relaySweep, Timeout: sweepLimit, Send: func(ctx context.Context, _ lance.Delivery) (keeper, error) {
		_, err := s.Sweep(ctx, sweepBack)
		return nil, err
	}}
	jobs := lance.Jobs[Repos]{Relays: []lance.Relay[Repos]{erase, sweep}}
	if s.opts.Blobs != nil {
		jobs.Chores = []lance.Chore[Repos]{{Name: relaySweep, Every: sweepAge, Do: askSweep}}
	}
	return jobs
}

// keeper stores what came of a call: here nothing ever does.
type keeper = func(ctx context.Context, r Repos) error

func askSweep(ctx context.Context, r Repos) (more bool, err error) {
	return false, r.Deliveries().Enqueue(ctx, lance.Delivery{Relay: relaySweep, Key: r.Now().Format(time.RFC3339Nano)})
}

// Sweep deletes bytes that no file has: of uploads that came to nothing, begun
// more than a day before the store's time, but not longer ago than back; 0 looks
// at all there are, as after a database was restored from a copy. Keys that are
// not identifiers of files are left alone. It returns how many it deleted.
// Faults: Unavailable "blobs_unavailable", or as the stores.
func (s *Service) Sweep(ctx context.Context, back time.Duration) (int, error) {
	const op = "file.Sweep"
	blobs, err := s.opts.store()
	if err != nil {
		return 0, lance.Op(op, err)
	}
	now, err := lance.Read(ctx, s.db, op, func(_ context.Context, r Repos) (time.Time, error) { return r.Now(), nil })
	before, after, swept := firstID(now.Add(-sweepAge)), "fil_", 0
	if back > 0 {
		after = string(firstID(now.Add(-back)))
	}
	for err == nil && after < string(before) {
		var keys, lost []string
		if keys, err = blobs.Keys(ctx, after, sweepPage); err != nil || len(keys) == 0 {
			break
		}
		after = keys[len(keys)-1]
		if lost, err = s.lost(ctx, keys, before); err != nil {
			break
		}
		for _, key := range lost {
			if err = blobs.Delete(ctx, key); err != nil {
				break
			}
			swept++
		}
	}
	return swept, lance.Op(op, err)
}

// lost returns those of the keys that are identifiers of files from before a
// time, and of no file that is there.
func (s *Service) lost(ctx context.Context, keys []string, before ID) ([]string, error) {
	old := slices.DeleteFunc(keys, func(key string) bool {
		id, err := lance.ParseID[ID]("fil", key)
		return err != nil || id >= before
	})
	return lance.Read(ctx, s.db, "file.Sweep", func(ctx context.Context, r Repos) ([]string, error) {
		found, err := r.Files().Find(ctx, lance.Filter{In: map[string][]string{"id": old}})
		known := map[string]bool{}
		for _, f := range found {
			known[string(f.ID)] = true
		}
		return slices.DeleteFunc(slices.Clone(old), func(key string) bool { return known[key] }), err
	})
}

// firstID returns the first identifier of a time.
func firstID(at time.Time) ID { return lance.NewID[ID]("fil", past{at}) }

// past is a world in which the first identifier of a time is made.
type past struct{ at time.Time }

// Now returns the time.
func (p past) Now() time.Time { return p.at }

// Entropy returns zeros.
func (p past) Entropy() lance.Entropy { return p }

// Fill fills with zeros.
func (p past) Fill(b []byte) { clear(b) }
