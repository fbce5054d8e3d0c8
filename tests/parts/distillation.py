"""Students and teachers whose logits are given."""

import torch
from torch import nn, tensor

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from tests.zoo import make

LABELS = tensor([0, 1, 2, 3, 1, 0])
LOGITS = tensor(
    [
        [-4.620823600468352, -0.7465017225155286, -2.1216333570925725, 1.9990187095623522],
        [-1.7680500091665305, -2.5510938604296105, -1.246449159732158, -1.7328832038251545],
        [0.47743611633634125, 1.4670567370545682, -2.6437636582842754, 2.6296227303942468],
        [-2.9749912713014677, -1.4271506792937154, 1.039997326357876, -1.9057712794065684],
        [1.3497150871880077, 2.093730753962931, 0.30859035729317896, -1.4997830456783883],
        [-1.4467794009955763, 0.17273978476469995, -3.492809807456484, 2.082024914067018],
    ],
    dtype=torch.float64,
)
TEACHER = tensor(
    [
        [0.27837984592949944, -1.8736145168964604, 1.4606952818041987, -0.5314479952161992],
        [-0.28024234096141765, -0.5534924027429814, 0.5078845851492793, 0.5386378298124714],
        [0.8501625519309879, 2.3109229158069886, -0.2950906788722701, 0.1470925520113958],
        [-0.05326145649604994, -0.7104865186192452, -0.11861101825319312, 1.1876890203287251],
        [1.2529401363476884, 0.39860194391097237, 1.4444980526335587, -1.9953509520815504],
        [-0.19219485315289647, 1.2066453004393594, 1.4117704646278466, 0.8676848041428987],
    ],
    dtype=torch.float64,
)


class Given(nn.Module):
    """A network that predicts these logits, learnable, whatever the inputs."""

    def __init__(self, logits):
        super().__init__()
        self.body = nn.Sequential(nn.Identity())
        self.head = nn.Identity()
        self.logits = nn.Parameter(logits.clone())

    def features(self, x):
        return self.logits

    def forward(self, x):
        return self.head(self.features(x))


def parts(logits=LOGITS):
    n, k = logits.shape
    return Given(logits), Criterion(make("ce", num_train=n, num_classes=k)), Penalties({})


def batch_of(labels=LABELS):
    return Batch(torch.zeros(len(labels), 1), labels, torch.arange(len(labels)), {})


def nll_of(logits, labels):
    return nn.functional.cross_entropy(logits, labels, reduction="none")


def slope(losses, network):
    return torch.autograd.grad(losses.mean(), network.logits)[0].norm().item()


def on_to(objective, epoch):
    """Every part as it is in that epoch."""
    objective.train()
    objective.begin(epoch)
    return objective
