"""The planner: memory, speed, capacity, start-up and cost in closed form. Pure functions on frozen data."""
