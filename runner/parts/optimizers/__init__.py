"""How weights move in a step, beside torch's own optimizers."""
