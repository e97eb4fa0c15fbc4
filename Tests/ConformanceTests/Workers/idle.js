// Does nothing, and stays.
