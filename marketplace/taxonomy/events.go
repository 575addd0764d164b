package taxonomy

// CategoryChanged is what the events about a category carry.
type CategoryChanged struct {
	Category CategoryID `json:"category"`
	Parent   CategoryID `json:"parent,omitempty"`
	State    State      `json:"state"`
}

// CategoryCreated says that a category was added to the tree.
type CategoryCreated struct{ CategoryChanged }

// EventType returns "category.created", schema 1.
func (CategoryCreated) EventType() (string, int) { return "category.created", 1 }

// CategoryEdited says that a category's terms changed, its parent perhaps.
type CategoryEdited struct{ CategoryChanged }

// EventType returns "category.edited", schema 1.
func (CategoryEdited) EventType() (string, int) { return "category.edited", 1 }

// CategoryRetired says that a category can no longer be chosen.
type CategoryRetired struct{ CategoryChanged }

// EventType returns "category.retired", schema 1.
func (CategoryRetired) EventType() (string, int) { return "category.retired", 1 }

// CategoryRestored says that a category can be chosen again.
type CategoryRestored struct{ CategoryChanged }

// EventType returns "category.restored", schema 1.
func (CategoryRestored) EventType() (string, int) { return "category.restored", 1 }

// SkillChanged is what the events about a skill carry.
type SkillChanged struct {
	Skill    SkillID    `json:"skill"`
	Category CategoryID `json:"category,omitempty"`
	State    State      `json:"state"`
}

// SkillCreated says that a skill became known.
type SkillCreated struct{ SkillChanged }

// EventType returns "skill.created", schema 1.
func (SkillCreated) EventType() (string, int) { return "skill.created", 1 }

// SkillEdited says that a skill's terms changed.
type SkillEdited struct{ SkillChanged }

// EventType returns "skill.edited", schema 1.
func (SkillEdited) EventType() (string, int) { return "skill.edited", 1 }

// SkillRetired says that a skill can no longer be chosen.
type SkillRetired struct{ SkillChanged }

// EventType returns "skill.retired", schema 1.
func (SkillRetired) EventType() (string, int) { return "skill.retired", 1 }

// SkillRestored says that a skill can be chosen again.
type SkillRestored struct{ SkillChanged }

// EventType returns "skill.restored", schema 1.
func (SkillRestored) EventType() (string, int) { return "skill.restored", 1 }
