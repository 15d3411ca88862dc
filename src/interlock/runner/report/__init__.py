"""One page that shows a run: read off the journal alone, so that a copy of it gives the same bytes."""
