package api

func userOperations() []Operation     { return nil }
func taxonomyOperations() []Operation { return nil }
func profileOperations() []Operation  { return nil }
