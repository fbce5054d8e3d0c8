"""Which examples an epoch has: (labels (N,), num_classes, generator) -> (N,) int64 places in [0, N), in their order."""
