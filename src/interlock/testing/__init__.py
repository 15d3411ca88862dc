"""The contract kit: what an adapter or a rule has to pass before it is believed."""
