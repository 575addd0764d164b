// Package taxonomy holds the words that a marketplace sorts itself by:
// categories, which form a tree, and skills, which people have and projects
// need.
//
// Administrators keep both. Nothing is deleted: what is retired can no longer
// be chosen, but stays where it was chosen before, and can be restored. A slug
// is how a category or a skill appears in an address; it is unique and never
// changes.
//
// People write skills as they like: as a list, as JSON, separated by commas, by
// name, slug or identifier, in any case. List brings that to a plain list of
// words, and ResolveIn to known skills.
//
// This package does not own who has which skill (package profile) nor which a
// project needs (package project).
package taxonomy
