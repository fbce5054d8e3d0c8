"""How classes are thinned out: one type a file, a function of (labels, num_classes, ratio, generator)."""
