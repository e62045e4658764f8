"""Factors refitted to one server, from a stored run or a short probe."""
