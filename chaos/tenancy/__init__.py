"""R5 and R6: no store sees another's. Two stores with the same ids; every way to them is tried, every guard is taken away once."""
