"""What is measured of a seed, and which evaluation of it counts; torch is not known."""
