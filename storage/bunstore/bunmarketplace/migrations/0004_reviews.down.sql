DROP TABLE {lance_ratings};
DROP TABLE {lance_reviews};
