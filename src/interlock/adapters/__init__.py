"""Adapters: one folder a port, one file a technology. None imports another port's adapters."""
