"""What happens to training images on their way to the network, (S, B, C, H, W) uint8 -> the same, on the device.

An augmentation is called with the images and S streams, one a seed. What a seed draws depends on its own stream and on
B alone, and no result on which images are worked on together: a seed is the same in any company.
"""
