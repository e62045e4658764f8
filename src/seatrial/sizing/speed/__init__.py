"""How fast a step is, how many requests share it, how long they wait, and how sure that is."""
