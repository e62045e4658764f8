"""The store as a local web page: list and filter runs, open reports, compare two, watch one that is going on.

It listens on 127.0.0.1 only, answers only to that name, and changes nothing.
"""
