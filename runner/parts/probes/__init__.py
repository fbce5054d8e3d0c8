"""What is measured of the networks that seeds left."""
