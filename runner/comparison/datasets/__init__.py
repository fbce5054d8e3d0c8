"""What a panel says over its data sets: a data set is one problem, however many conditions it was tried in."""
