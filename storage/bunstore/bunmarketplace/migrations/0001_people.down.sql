DROP TABLE {lance_portfolio_items};
DROP TABLE {lance_profile_skills};
DROP TABLE {lance_profiles};
DROP TABLE {lance_skills};
DROP TABLE {lance_categories};
