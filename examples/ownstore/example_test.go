package main

func Example() {
	main()
	// Output:
	// funded holds 120.00 USD
	// submitted releases by itself at 2026-03-15
	// fired: escrow.release_warning
	// fired: escrow.auto_release
	// released 120.00 USD less 12.00 USD
	// books balanced: 4 transfers, 5 accounts, imbalance 0.00
}
