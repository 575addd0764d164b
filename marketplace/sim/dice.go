package sim

// dice is a stream of numbers that its state alone determines (splitmix64).
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// fork returns other dice, which follow from these and from words.
func (d *dice) fork(words ...string) *dice {
	h := uint64(14695981039346656037) ^ d.state
	for _, w := range words {
		for i := range len(w) {
			h = (h ^ uint64(w[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return &dice{h}
}

// upTo returns a number from 0 to n-1; n is above 0.
func (d *dice) upTo(n int64) int64 {
	return int64(d.next() % uint64(n)) //nolint:gosec // n is above 0 and the rest below it
}

// one reports true once in n times.
func (d *dice) one(n int64) bool { return d.upTo(n) == 0 }

// amount returns a number from 1 to most, and more often a round share of it.
func (d *dice) amount(most int64) int64 {
	if most <= 1 {
		return 1
	}
	switch d.upTo(4) {
	case 0:
		return most
	case 1:
		return max(1, most/(1+d.upTo(4)))
	}
	return 1 + d.upTo(most)
}

func pick[T any](d *dice, of []T) T { return of[d.upTo(int64(len(of)))] }

// choose returns one of several by their names, so that the choice stays when
// others are not there. There is at least one.
func choose[T any](d *dice, of []T, name func(T) string) (best T) {
	from, most := &dice{d.next()}, uint64(0)
	for i, x := range of {
		if n := from.fork(name(x)).next(); i == 0 || n > most {
			best, most = x, n
		}
	}
	return best
}
