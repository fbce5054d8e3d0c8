"""Which mean of the weights is evaluated."""
