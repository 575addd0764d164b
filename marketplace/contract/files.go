package contract

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/file"
)

// How many files a submission has, and how many a milestone: those of all its
// submissions and those that wait for one.
const (
	MaxFiles          = 20
	MaxMilestoneFiles = 100
)

// Upload keeps a file for a later submission of work on a milestone that is
// funded. Until it is submitted only the freelancer sees it, and may remove it
// (file.Service.Remove). Faults: NotFound; Forbidden "milestone_relation" for
// all but the freelancer; Precondition "milestone_state", or "files_full" when
// the milestone has 100; and as file.Upload.
func (s *Service) Upload(ctx context.Context, by lance.Actor, in UploadInput) (*file.File, error) {
	admit := func(ctx context.Context, r Repos) (file.Place, error) {
		m, err := visible(ctx, r, by, in.Milestone)
		if err != nil {
			return file.Place{}, err
		}
		a, err := r.Agreements().Get(ctx, m.Agreement)
		if err != nil {
			return file.Place{}, err
		}
		_, err = MilestoneLifecycle.Next(StateOf(m, a), Upload, m.relations(by)...)
		return file.Place{Subject: m.Ref(), Max: MaxMilestoneFiles}, err
	}
	return file.Upload(ctx, s.db, &s.files, "contract.Upload", by, in.UploadInput, admit)
}
