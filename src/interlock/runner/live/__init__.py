"""LIVE: what has to hold before it starts, armings, and the last questions before an order leaves."""
