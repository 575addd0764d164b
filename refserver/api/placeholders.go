package api

func userOperations() []Operation      { return nil }
func taxonomyOperations() []Operation  { return nil }
func profileOperations() []Operation   { return nil }
func proposalOperations() []Operation  { return nil }
func contractOperations() []Operation  { return nil }
func milestoneOperations() []Operation { return nil }
func reviewOperations() []Operation    { return nil }
func agreementOperations() []Operation { return nil }
