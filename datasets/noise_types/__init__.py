"""How targets are changed: one type a file, a function that gives the targets that training will see.

It says by a name what it acts on: labels (N,) int64 classes; targets (N, D) float32 numbers, of mean 0 and deviation 1
in training; or bits (N, L) float32, 1 for a label that is present, 0 for one that is absent, -1 for one that is not
known. It is given what else it names: num_classes K, rate in [0, 1] and generator, the stream to draw from; where it
needs them, x (N, ...) the inputs as stored with mean and std that normalise them, source_index (N,) each example's
number in its source's own order, source_size, how many examples the source has (None where that is not known),
source_names, {number: name} (None where they have none), classes, the K names, and data_root. It returns the given
targets, of the same shape, or what open_set.py and candidates.py have in their place.
"""
