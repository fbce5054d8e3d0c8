"""Losses of what a method asks to be recovered, such as the noise of noisy inputs."""
