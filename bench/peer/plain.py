"""One seed, as repositories about noisy labels train it: DataLoaders, a loop, and a line of text an epoch.

`python -m bench.peer.plain 3 log.txt` trains seed 3; a line has the epoch and its test accuracy.
"""

import sys
from pathlib import Path

import torch

from bench.bare import accuracy, loaders, mlp, sgd
from bench.peer.cell import BATCH, EPOCHS, digits, gce


def main(seed: int, log: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    train, test = loaders(digits(seed), BATCH)
    model = mlp(64)
    optimizer = sgd(model)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for epoch in range(1, EPOCHS + 1):
        model.train()
        for x, y in train:
            loss = gce(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{epoch} {accuracy(model, lambda: test)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
