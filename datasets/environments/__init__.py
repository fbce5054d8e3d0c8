"""Data sets of several environments, one of which may be left out of training."""
