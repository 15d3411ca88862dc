"""Where bars come from: one file a technology, and decorators that wrap any of them."""
