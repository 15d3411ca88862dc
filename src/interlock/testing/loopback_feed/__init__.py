"""A live source on loopback that a test scripts: it tells bars, and does on command what goes wrong with sources."""
