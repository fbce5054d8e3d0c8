"""What is in a data set, for whoever trains on it; card.py puts it together."""
