"""How labels are flipped: one type a file, a function that gives the labels that training will see.

It is given what it names: labels (N,) int64 classes, num_classes K, rate in [0, 1] and generator, the stream to draw
from; where it needs them, x (N, ...) the inputs as stored with mean and std that normalise them, source_index (N,) each
example's number in its source's own order, source_size, how many examples the source has (None where that is not
known), source_names, {number: name} (None where they have none), classes, the K names, and data_root. It returns the
given labels (N,).
"""
