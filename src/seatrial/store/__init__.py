"""The store: every run's raw record and provenance in one SQLite file. Numbers are derived elsewhere."""
