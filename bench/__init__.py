"""What Seedwise costs, against what one would otherwise use: `make bench`. A file asks one question."""
