"""The same budget of tuning for every objective."""
