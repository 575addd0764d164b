package memkit

// node is one key and value of a persistent weight-balanced tree. A node is
// never changed once it hangs in a tree, so any number of versions of a tree
// share what they have in common. The nil node is the empty tree.
type node[K, V any] struct {
	left, right *node[K, V]
	size        int
	key         K
	val         V
}

// Siblings may differ in weight by heavy before a rotation, which is a single
// one unless the inner grandchild outweighs twice the outer one.
const (
	heavy  = 3
	double = 2
)

func (n *node[K, V]) len() int {
	if n == nil {
		return 0
	}
	return n.size
}

func join[K, V any](l *node[K, V], k K, v V, r *node[K, V]) *node[K, V] {
	return &node[K, V]{left: l, right: r, size: l.len() + r.len() + 1, key: k, val: v}
}

// balance joins two trees of which at most one has changed by one node.
func balance[K, V any](l *node[K, V], k K, v V, r *node[K, V]) *node[K, V] {
	a, b := l.len(), r.len()
	switch {
	case a+b < 2:
	case b > heavy*a:
		if r.left.len() < double*r.right.len() {
			return join(join(l, k, v, r.left), r.key, r.val, r.right)
		}
		m := r.left
		return join(join(l, k, v, m.left), m.key, m.val, join(m.right, r.key, r.val, r.right))
	case a > heavy*b:
		if l.right.len() < double*l.left.len() {
			return join(l.left, l.key, l.val, join(l.right, k, v, r))
		}
		m := l.right
		return join(join(l.left, l.key, l.val, m.left), m.key, m.val, join(m.right, k, v, r))
	}
	return join(l, k, v, r)
}

// put returns the tree with k standing for v.
func (n *node[K, V]) put(compare func(K, K) int, k K, v V) *node[K, V] {
	if n == nil {
		return join(nil, k, v, nil)
	}
	switch c := compare(k, n.key); {
	case c < 0:
		return balance(n.left.put(compare, k, v), n.key, n.val, n.right)
	case c > 0:
		return balance(n.left, n.key, n.val, n.right.put(compare, k, v))
	}
	return join(n.left, k, v, n.right)
}

// del returns the tree without k.
func (n *node[K, V]) del(compare func(K, K) int, k K) *node[K, V] {
	if n == nil {
		return nil
	}
	switch c := compare(k, n.key); {
	case c < 0:
		return balance(n.left.del(compare, k), n.key, n.val, n.right)
	case c > 0:
		return balance(n.left, n.key, n.val, n.right.del(compare, k))
	}
	return glue(n.left, n.right)
}

// glue joins two trees whose parent has gone.
func glue[K, V any](l, r *node[K, V]) *node[K, V] {
	if l == nil {
		return r
	}
	if r == nil {
		return l
	}
	m := r
	for m.left != nil {
		m = m.left
	}
	return balance(l, m.key, m.val, r.cutFirst())
}

func (n *node[K, V]) cutFirst() *node[K, V] {
	if n.left == nil {
		return n.right
	}
	return balance(n.left.cutFirst(), n.key, n.val, n.right)
}

func (n *node[K, V]) get(compare func(K, K) int, k K) (v V, ok bool) {
	for n != nil {
		switch c := compare(k, n.key); {
		case c < 0:
			n = n.left
		case c > 0:
			n = n.right
		default:
			return n.val, true
		}
	}
	return v, false
}

// ascend yields, in order, every key that below does not hold of, and reports
// whether yield wanted more. What lies below is skipped, not visited.
func (n *node[K, V]) ascend(below func(K) bool, yield func(K, V) bool) bool {
	if n == nil {
		return true
	}
	if below(n.key) {
		return n.right.ascend(below, yield)
	}
	return n.left.ascend(below, yield) && yield(n.key, n.val) && n.right.ascend(below, yield)
}

// descend is ascend's mirror: it skips what above holds of.
func (n *node[K, V]) descend(above func(K) bool, yield func(K, V) bool) bool {
	if n == nil {
		return true
	}
	if above(n.key) {
		return n.left.descend(above, yield)
	}
	return n.right.descend(above, yield) && yield(n.key, n.val) && n.left.descend(above, yield)
}

// rank counts the keys that below holds of.
func (n *node[K, V]) rank(below func(K) bool) int {
	count := 0
	for n != nil {
		if below(n.key) {
			count += n.left.len() + 1
			n = n.right
		} else {
			n = n.left
		}
	}
	return count
}
