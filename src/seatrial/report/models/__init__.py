"""The catalogue as text and as JSON."""
