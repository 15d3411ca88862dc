"""The pure core: no I/O, no clock, no chance. It defines the ports and everything that happens between them."""
