"""Do a comparison's results hold in other universes, and on what do they depend? From stored cells, by a Gaussian
process."""
