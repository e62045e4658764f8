"""A proposal of the planner in every form: JSON, terminal text, Markdown, one page, and a spec to try it with.

`view` says what is told and in which order; text, Markdown and the page place it, as they do a report's view.
"""
