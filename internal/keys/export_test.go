package keys

// Seeds gives the secrets of a node's keys to the tests.
func Seeds(n *Node) [][]byte {
	var list [][]byte
	for _, k := range n.keys {
		list = append(list, k.file().Seed)
	}
	return list
}
