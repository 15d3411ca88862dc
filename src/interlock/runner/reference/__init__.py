"""The reference pages, drawn from the code, so that a page and the code cannot disagree.

``python -m interlock.runner.reference docs/reference`` draws them; ``--check`` compares and exits 1 where they differ.
"""
