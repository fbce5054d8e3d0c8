"""Which class is mistaken for which: the published pairs, by the names of the classes.

They stand in the order in which the widely copied generators go through them, which matters to asymmetric_sequential.
"""

from collections.abc import Sequence

# Ma et al., "Normalized Loss Functions for Deep Learning with Noisy Labels", ICML 2020
MNIST = "7>1 2>7 5>6 6>5 3>8"
# Zhang and Sabuncu, "Generalized Cross Entropy Loss", NeurIPS 2018
FASHION_MNIST = "ankle_boot>sneaker sneaker>sandal pullover>shirt coat>dress dress>coat"
# Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017
CIFAR10 = "truck>automobile bird>airplane cat>dog dog>cat deer>horse"
# the superclasses of Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009; each class is mistaken
# for the next one of its line, the last one for the first
CIFAR100 = """
    beaver dolphin otter seal whale
    aquarium_fish flatfish ray shark trout
    orchid poppy rose sunflower tulip
    bottle bowl can cup plate
    apple mushroom orange pear sweet_pepper
    clock keyboard lamp telephone television
    bed chair couch table wardrobe
    bee beetle butterfly caterpillar cockroach
    bear leopard lion tiger wolf
    bridge castle house road skyscraper
    cloud forest mountain plain sea
    camel cattle chimpanzee elephant kangaroo
    fox porcupine possum raccoon skunk
    crab lobster snail spider worm
    baby boy girl man woman
    crocodile dinosaur lizard snake turtle
    hamster mouse rabbit shrew squirrel
    maple_tree oak_tree palm_tree pine_tree willow_tree
    bicycle bus motorcycle pickup_truck train
    lawn_mower rocket streetcar tank tractor
"""
BLOCK = 5  # classes, of which each is mistaken for the next


def published(classes: Sequence[str]) -> list[tuple[int, int]]:
    """The published pairs (from, to) that lie within these classes.

    Raises:
        ValueError: none does.

    >>> published(["cat", "dog", "frog"])
    [(0, 1), (1, 0)]
    """
    number = {name.lower().replace(" ", "_"): k for k, name in enumerate(classes)}
    for pairs in (MNIST, FASHION_MNIST, CIFAR10):
        named = [pair.split(">") for pair in pairs.split()]
        found = [(number[a], number[b]) for a, b in named if a in number and b in number]
        if found:
            return found
    rings = [[number[name] for name in line.split() if name in number] for line in CIFAR100.strip().splitlines()]
    found = [pair for ring in rings if len(ring) > 1 for pair in zip(ring, ring[1:] + ring[:1], strict=True)]
    if not found:
        blocks_too = f", or take noise_type.pairs=blocks (of {BLOCK} classes)" if len(classes) % BLOCK == 0 else ""
        raise ValueError(
            "noise_type.pairs=published: there are none for these class names, only for those of MNIST, Fashion-MNIST, "
            f"CIFAR-10 and CIFAR-100; name them by their numbers here, such as noise_type.pairs=[[0,1],[1,0]] for "
            f"{classes[0]} and {classes[1]}{blocks_too}"
        )
    return found


def blocks(num_classes: int) -> list[tuple[int, int]]:
    """Each class and the next of its five consecutive ones; the last of the five and the first.

    Raises:
        ValueError: K is no multiple of five.
    """
    if num_classes % BLOCK:
        raise ValueError(f"noise_type.pairs=blocks: blocks of {BLOCK} classes do not divide {num_classes}")
    return [(k, k + 1 if (k + 1) % BLOCK else k + 1 - BLOCK) for k in range(num_classes)]


def asked(pairs: str | list[list[int]], classes: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs that an argument `pairs` means.

    Args:
        pairs: "published", "blocks" or the pairs themselves, [from, to].
        classes: K names.
    Raises:
        ValueError: they are no pairs of different classes, or two of them begin with the same one.
    """
    if isinstance(pairs, str):
        return published(classes) if pairs == "published" else blocks(len(classes))
    found = [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and pair[0] != pair[1]]
    if len(found) < len(pairs) or not found or not all(0 <= k < len(classes) for pair in found for k in pair):
        raise ValueError(
            f"noise_type.pairs={pairs}: must be pairs [from, to] of different classes within 0 to {len(classes) - 1}"
        )
    if len({source for source, _ in found}) < len(found):
        raise ValueError(f"noise_type.pairs={pairs}: a class can be mistaken for one other only")
    return found
