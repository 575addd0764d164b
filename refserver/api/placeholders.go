package api

func userOperations() []Operation      { return nil }
func taxonomyOperations() []Operation  { return nil }
func profileOperations() []Operation   { return nil }
func proposalOperations() []Operation  { return nil }
func contractOperations() []Operation  { return nil }
func milestoneOperations() []Operation { return nil }
func reviewOperations() []Operation    { return nil }
func walletOperations() []Operation    { return nil }
func agreementOperations() []Operation { return nil }
func adminOperations() []Operation     { return nil }
func leverOperations() []Operation     { return nil }

// Levers are what a test store has besides.
type Levers struct{}
