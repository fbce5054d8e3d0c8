"""From a data set to batches of all seeds."""
