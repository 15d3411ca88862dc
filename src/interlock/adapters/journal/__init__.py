"""Journals: one in memory, one in an SQLite file, and the bytes that both hash."""
