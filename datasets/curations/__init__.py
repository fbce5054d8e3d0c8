"""What happens to the training examples of a seed before it is trained: some are selected, or their inputs changed.

A curation is a function of what it asks for, by these names: x (N, ...) inputs as stored, mean and std by which they
are normalised, labels (N,) int64 or targets (N, D) or bits (N, L) that training sees, num_classes, and generator, the
seed's stream to draw from. It gives a Curated."""
