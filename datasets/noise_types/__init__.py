"""How labels are flipped: one type a file, a function of (labels, num_classes, rate, generator, x)."""
