package ledger

// Waiting returns how many callers wait for a service to post.
func Waiting(s *Service) int { return s.line.Waiting() }
