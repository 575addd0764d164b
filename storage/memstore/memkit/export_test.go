package memkit

// Depth returns the length of the longest path in the map's tree.
func (m *Map[K, V]) Depth() int { return depth(m.root()) }

func depth[K, V any](n *node[K, V]) int {
	if n == nil {
		return 0
	}
	return 1 + max(depth(n.left), depth(n.right))
}
