"""A venue that is a process with a disk of its own: it counts what was sent, and lies when it is told to."""
