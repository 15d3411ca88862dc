"""Clocks: the system's, one that follows the data, and one that replays at a stated speed."""
