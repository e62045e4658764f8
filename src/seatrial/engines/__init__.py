"""What differs between engines: how they are found, described, counted on, and made cold."""
