// Package lifecycletest holds a lifecycle against its table as people wrote it
// down a second time: every state, action and relation there is.
//
//	lifecycletest.Walk(t, project.Lifecycle, `
//		draft publish open client
//		open  cancel  cancelled client admin`)
package lifecycletest
