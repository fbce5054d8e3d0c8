"""How classes are subsampled: one type a file, a function that says which examples stay.

It is given what it names: labels (N,) int64 true classes, num_classes K, ratio (the largest class over the smallest, at
least 1) and generator, the stream to draw from. It returns the places of the examples that stay, ascending.
"""
