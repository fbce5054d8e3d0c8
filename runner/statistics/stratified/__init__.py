"""Several problems, each with seeds of its own: what a bootstrap says that draws seeds anew within each problem.

As rliable does (Agarwal et al., NeurIPS 2021): problems are taken as given. Runs are (P problems, n seeds).
"""
