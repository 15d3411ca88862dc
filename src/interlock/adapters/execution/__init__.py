"""Where orders go: the paper venue, and the door that stays shut where a live venue would be."""
