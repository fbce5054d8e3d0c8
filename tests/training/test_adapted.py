"""Networks that adapt to test examples: what holds of every adaptation in conf/, and what rows have of it."""

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.contracts.make import make
from runner.data.inputs import Inputs
from runner.stack.stack import Stack
from runner.training import evaluate
from runner.training import run as running
from runner.training.adapted import predicted, streams
from runner.training.run import run
from runner.training.wiring import CPU, wire
from tests.zoo import ROOT, node

NAMES = sorted(file.stem for file in (ROOT / "conf" / "adaptation").glob("*.yaml") if file.stem != "none")
ADAPTING = [name for name in NAMES if name != "unchanged"]
SHIFTED = [
    "dataset=corrupted", "dataset@dataset.source=blobs", "dataset.source.num_train=200", "dataset.source.num_test=65",
    "dataset.noise=[1]", "dataset.blur=[]", "dataset.roll=[2]", "dataset.contrast=[0.5]", "dataset.source.distance=2",
    "model=mlp", "model.norm=batch", "model.width=8", "batch_size=50",
]  # fmt: skip
# five batches a stream, and steps that show; a short warm-up, where there is one
SHOWN = {"batch_size": 16, "lr": 0.05, "warmup_examples": 96}


@pytest.fixture
def rows(compose, measured):
    return lambda *said, seeds=(0, 1): measured(run(**compose(*SHIFTED, *said, seeds=seeds)))


def shown(name):
    """What to change of an adaptation so that it takes several steps in a stream that show."""
    return {key: value for key, value in SHOWN.items() if key in node(name, "adaptation")}


def briefly(name):
    """An adaptation as words of a command line, with a short warm-up."""
    asked = [f"adaptation.{key}={value}" for key, value in shown(name).items() if key == "warmup_examples"]
    return [f"adaptation={name}", *asked]


class Trained:
    """A stack of networks with BatchNorm, and test examples of four environments."""

    def __init__(self, said):
        wired = wire(said["cell"], said["seeds"])
        self.split, self.seeds = wired.prepared.split, said["seeds"]
        self.stack = Stack(wired.objectives)
        for _ in range(20):
            self.stack.observe(torch.stack([torch.randn(50, *self.split.x.shape[1:]) for _ in self.seeds]))
        with torch.no_grad():  # so that it is sure of something
            for name, p in self.stack.named_parameters():
                p.mul_(20 if "head" in name else 1)
        self.stack.eval()
        self.inputs = Inputs(self.split.test_x, self.split.mean, self.split.std, CPU, 0)

    def familiar(self, count, size):
        places = self.split.x[:count].expand(len(self.seeds), -1, -1), self.split.y[:count].expand(len(self.seeds), -1)
        yield from zip(*(of.split(size, 1) for of in places), strict=True)

    def predict(self, name, environments=None, **changes):
        """Logits (S, M, K) of these environments, of all if None."""
        adaptation = make("adaptation", node(name, "adaptation") | changes, {"num_classes": 4, "seeds": self.seeds})
        found = streams(adaptation, self.split.test_domain, self.seeds)
        kept = found._replace(places=[found.places[k] for k in environments or range(4)])
        with torch.no_grad():
            return torch.cat([*predicted(self.stack, kept, self.inputs, self.familiar)], 1)


@pytest.fixture
def trained(compose):
    return lambda *seeds: Trained(compose(*SHIFTED, seeds=seeds))


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_is_its_seeds(trained, name):
    torch.manual_seed(0)
    together = trained(0, 1, 2)
    found = together.predict(name, **shown(name))
    for i in range(3):
        alone = trained(i)
        copied = together.stack.copy(i)
        alone.stack.only.load_state_dict(copied)
        close(alone.predict(name, **shown(name))[0], found[i])


@pytest.mark.parametrize("name", NAMES)
def test_the_networks_stay_as_they_were(trained, name):
    its = trained(0, 1)
    before = {key: value.clone() for key, value in its.stack.state_dict().items()}
    its.predict(name, **shown(name))
    after = its.stack.state_dict()
    assert all(torch.equal(value, after[key]) for key, value in before.items())


@pytest.mark.parametrize("name", NAMES)
def test_no_state_leaks_from_a_stream_to_the_next_and_the_same_comes_out_again(trained, name):
    its = trained(0, 1)
    whole, again = (its.predict(name, **shown(name)) for _ in range(2))
    last = its.predict(name, environments=[3], **shown(name))
    assert torch.equal(whole, again)
    assert torch.equal(whole[:, -last.shape[1] :], last)


@pytest.mark.parametrize("name", [name for name in ADAPTING if "continual" in node(name, "adaptation")])
def test_what_is_continual_goes_on_from_one_stream_to_the_next(trained, name):
    its = trained(0, 1)
    anew, going_on = (its.predict(name, continual=said, **shown(name)) for said in (False, True))
    assert torch.equal(anew[:, :65], going_on[:, :65])
    assert not torch.equal(anew[:, 65:], going_on[:, 65:])


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_never_seen(monkeypatch, rows, name):
    def seen(*, shuffled):
        logits = []

        def kept(*args):
            for each in predicted(*args):
                logits.append(each)
                yield each

        def mixed(inputs, targets, domain):
            order = torch.randperm(len(targets), generator=torch.Generator().manual_seed(1))
            return evaluate.Test(inputs, targets[order] if shuffled else targets, domain)

        monkeypatch.setattr(evaluate, "predicted", kept)
        monkeypatch.setattr(running, "Test", mixed)
        found = rows(*briefly(name), "epochs=1")
        return torch.cat(logits, 1), found[0, 1]["adapted/nll"]

    (logits, nll), (others, other) = seen(shuffled=False), seen(shuffled=True)
    assert torch.equal(logits, others)
    assert nll != other


def test_training_examples_come_with_the_labels_that_training_was_given(monkeypatch, compose):
    said, found = compose(*SHIFTED, "noise=0.4", "epochs=1", "adaptation=bn", seeds=(0, 1)), []

    def kept(stack, its, inputs, familiar):
        found.append([*familiar(70, 16)])
        return predicted(stack, its, inputs, familiar)

    monkeypatch.setattr(evaluate, "predicted", kept)
    for _ in run(**said):
        pass
    x, labels = (torch.cat(parts, 1) for parts in zip(*found[0], strict=True))
    assert labels.shape == (2, 70)
    prepared = wire(said["cell"], said["seeds"]).prepared
    for i, train in enumerate(prepared.train.place):
        known = (prepared.split.x[train] - prepared.split.mean) / prepared.split.std
        at = torch.cdist(x[i], known).argmin(1)
        assert len(at.unique()) == 70
        assert torch.equal(prepared.train.given[i][at], labels[i])
    assert not torch.equal(prepared.train.given, prepared.train.true)


@pytest.mark.parametrize("name", NAMES)
def test_rows_keep_what_they_had(rows, name):
    plain, found = rows(), rows(*briefly(name))
    for at, row in found.items():
        assert {key: row[key] for key in plain[at]} == plain[at]
        gained = row.keys() - plain[at].keys()
        assert gained == {key.replace("test/", "adapted/") for key in plain[at] if key.startswith("test/")}


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_that_diverged_leaves_the_others_alone(trained, name):
    torch.manual_seed(0)
    its = trained(0, 1, 2)
    sound = its.predict(name, **shown(name))
    with torch.no_grad():
        for p in its.stack.parameters():
            p[1] = torch.nan
    found = its.predict(name, **shown(name))
    assert found[1].isnan().all()
    close(found[[0, 2]], sound[[0, 2]])


@pytest.mark.parametrize("name", [name for name in NAMES if "lr" in node(name, "adaptation")])
def test_a_step_shows_from_the_next_batch_on(trained, name):
    its = trained(0, 1)
    unwarmed = {key: 0 if key == "warmup_examples" else value for key, value in shown(name).items()}
    small, large = (its.predict(name, **unwarmed | {"lr": lr}) for lr in (0.01, 0.05))
    assert torch.equal(small[:, :16], large[:, :16])
    assert not torch.allclose(small[:, 16:32], large[:, 16:32])


def test_the_penalty_of_eata_is_of_the_mean_over_batches_of_training_inputs(trained):
    its = trained(0, 1)
    whole, asked = its.familiar, shown("eata") | {"fisher_weight": 100.0}
    once = its.predict("eata", **asked)
    its.familiar = lambda count, size: (batch for batch in whole(count, size) for _ in range(3))
    close(its.predict("eata", **asked), once)
    assert not torch.allclose(its.predict("eata", **asked | {"fisher_weight": 10.0}), once)


def test_a_large_prior_leaves_the_statistics_of_training(trained):
    its = trained(0, 1)
    as_trained, of_batch = its.predict("unchanged"), its.predict("bn")
    close(its.predict("bn", prior=1e9), as_trained)
    assert not torch.allclose(of_batch, as_trained, atol=1e-2)


def test_streams_are_the_examples_of_an_environment_in_an_order_of_each_seeds_own():
    domain = torch.tensor([2, 0]).repeat(50)
    found = streams(make("adaptation", node("bn", "adaptation"), {}), domain, [0, 1, 0])
    assert len(found.places) == 2
    for k, places in zip((0, 2), found.places, strict=True):
        its = (domain == k).nonzero()[:, 0]
        assert torch.equal(places.sort(1).values, its.expand(3, -1))
        assert torch.equal(places[0], places[2])
        assert not torch.equal(places[0], places[1])
        assert not torch.equal(places[0], its)


def test_what_is_unchanged_is_measured_as_it_is(rows):
    for row in rows("adaptation=unchanged", "measure=[environments]").values():
        after = {name: values for name, values in row.items() if name.startswith("adapted/")}
        assert after == pytest.approx({name.replace("test/", "adapted/"): row[name] for name in row if "test/" in name})


def test_statistics_of_batches_like_those_of_training_change_little(rows):
    said = ["dataset.source.num_test=2000", "epochs=20", "measure=[environments]", "adaptation=bn"]
    (row,) = (row for (_, epoch), row in rows(*said, "adaptation.batch_size=500", seeds=[0]).items() if epoch == 20)
    assert row["adapted/accuracy_in_0"] == pytest.approx(row["test/accuracy_in_0"], abs=0.02)
    assert row["adapted/nll"] != row["test/nll"]


def test_of_a_data_set_without_environments_all_is_one_stream(compose, measured):
    said = ["model=mlp", "model.norm=batch", "adaptation=unchanged"]
    for row in measured(run(**compose(*said))).values():
        assert row["adapted/accuracy"] == row["test/accuracy"]
        assert "adapted/worst_domain_accuracy" not in row


def test_without_batch_norm_it_is_refused_in_one_line(compose):
    with pytest.raises(ConfigError, match=r"^adaptation .*: adapts BatchNorm, and this model has none; "):
        next(run(**compose("adaptation=tent")))
    next(run(**compose("adaptation=unchanged")))


def test_what_changes_all_weights_needs_no_batch_norm(compose, measured):
    plain = [said for said in SHIFTED if said != "model.norm=batch"]
    for row in measured(run(**compose(*plain, *briefly("rmt"), "epochs=1"))).values():
        assert row["adapted/nll"] != pytest.approx(row["test/nll"], rel=1e-3)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (["dataset=diabetes", "loss=mse"], "adaptation=tent with dataset=diabetes: tent fits classification"),
        (["dataset=digits", "eval_flips=true"], "eval_flips=true with adaptation=tent: "),
    ],
)
def test_what_does_not_go_together_is_refused(said, line):
    with pytest.raises(ConfigError, match=f"^{line}"):
        compose_cells([*said, "adaptation=tent"], multirun=False)
