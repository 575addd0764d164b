-- When it is said that the stage of a case ends soon; none where it was, or is not.
ALTER TABLE {lance_disputes} ADD COLUMN warn_at {time};
