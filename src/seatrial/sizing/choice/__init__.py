"""Which layouts answer a question, in which order, and why the others do not."""
