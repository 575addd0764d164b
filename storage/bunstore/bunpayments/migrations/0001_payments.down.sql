DROP TABLE {lance_provider_events};
DROP TABLE {lance_payouts};
DROP TABLE {lance_top_ups};
