"""What the template's YAML names: a data module and a module of Lightning."""

from typing import Any

import torch
from torch import Tensor

from bench.bare import loaders, mlp
from bench.peer.cell import BATCH, EPOCHS, digits, gce
from datasets.vision import torchvision  # noqa: F401  # before Lightning, which fails without it beside a CPU's torch

import lightning  # isort: skip


class Data(lightning.LightningDataModule):
    def __init__(self, seed: int):
        super().__init__()
        self.loaders = loaders(digits(seed), BATCH)

    def train_dataloader(self) -> Any:
        return self.loaders[0]

    def val_dataloader(self) -> Any:
        return self.loaders[1]


class Module(lightning.LightningModule):
    def __init__(self, **optimizer: Any):
        super().__init__()
        self.optimizer, self.network = optimizer, mlp(64)

    def training_step(self, batch: tuple[Tensor, Tensor], at: int) -> Tensor:
        loss = gce(self.network(batch[0]), batch[1])
        self.log("train/loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], at: int) -> None:
        self.log("test/accuracy", (self.network(batch[0]).argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), **self.optimizer)
        return [optimizer], [torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)]
