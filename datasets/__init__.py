"""Where the examples come from: one file a source, each a function that returns a Split."""
