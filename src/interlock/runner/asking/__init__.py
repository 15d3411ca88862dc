"""Asking a journal: what stands in it, found without reading all of it."""
