"""The scoreboard: every public measurement beside what is predicted for it. `make scoreboard`, `make refit`."""
