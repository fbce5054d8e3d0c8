"""The demo's cell as others would train it, a seed a process; none of it imports the runner. See bench/peers.py."""
