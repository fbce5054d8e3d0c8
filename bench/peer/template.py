"""One seed in the way of the Lightning + Hydra template: parts from a YAML, a data module, a module and its Trainer.

`python -m bench.peer.template seed=3 folder=logs` trains seed 3; logs/3/metrics.csv has test accuracies. Checkpoints,
summaries and the progress bar, which the template has, are off.
"""

import hydra
import torch
from omegaconf import DictConfig


@hydra.main(version_base=None, config_path=".", config_name="template")
def main(config: DictConfig) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    data, model, trainer = (hydra.utils.instantiate(config[part]) for part in ("data", "model", "trainer"))
    trainer.fit(model, data)


if __name__ == "__main__":
    main()
