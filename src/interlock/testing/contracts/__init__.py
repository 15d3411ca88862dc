"""One abstract test class a port. An implementation proves itself in a subclass of a few lines."""
