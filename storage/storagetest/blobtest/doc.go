// Package blobtest is how a lance.BlobStore proves itself: in a directory, in
// memory, in an object store.
//
//	func TestStore(t *testing.T) {
//		blobtest.Run(t, blobtest.Harness{
//			Open: func(t *testing.T) lance.BlobStore { … },
//		})
//	}
//
// Each case is a parallel subtest named after the law it proves and works on a
// store of its own.
package blobtest
