"""Networks of several seeds brought together: units that play the same part found, and networks between two of them."""
