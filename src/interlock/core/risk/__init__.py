"""The risk engine: nothing unless allowed."""
