// Package paymenttest is how a payment adapter proves itself.
//
// An adapter's test is a Harness and a call:
//
//	func TestAdapter(t *testing.T) {
//		paymenttest.Run(t, paymenttest.Harness{
//			Open:    func(t *testing.T) provider.Adapter { … },
//			Amount:  lance.NewMoney(1250, lance.USD),
//			Charges: paymenttest.Charges{OK: "pm_ok", Declined: "pm_declined"},
//		})
//	}
//
// Each case is a parallel subtest <subject>/<law>, named after the law it
// proves, and uses keys of its own, so that the provider behind the adapter may
// be one that remembers earlier runs. What an adapter or its provider cannot do
// is declared by leaving the hook or token for it empty; the cases that need it
// are then skipped by name.
//
// The package knows nothing of the engine: that an adapter which keeps these
// laws never moves money twice is what package payments proves.
package paymenttest
