"""A journal that can be asked: any record of it, with what stood before and after it, and why."""
