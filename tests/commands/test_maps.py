"""Maps of what a stored network makes of test examples."""

import csv

import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from runner import maps
from runner.compose.identity import located
from runner.console.errors import ConfigError
from runner.nodes.build import build
from runner.store.networks import stored_network

KEPT = ["exec.keep_network=true", "seeds=2"]


@pytest.fixture
def draw(tmp_path):
    """From words beside those of `go` to {folder: {file name: text}} of all maps that are there then."""

    def drawn(*words):
        blobs = [] if any(word.startswith("dataset=") for word in words) else ["dataset=blobs"]
        maps.main([*blobs, "epochs=2", f"store={tmp_path}", *words])
        found = {}
        for file in sorted((tmp_path / "maps").glob("*/*/*")):
            found.setdefault(file.parent.relative_to(tmp_path).as_posix(), {})[file.name] = file.read_text()
        return found

    return drawn


def seen(cell, seed, *, embeds=False):
    """Features of all test examples, or embeddings, by the stored network, and the labels."""
    node, numbers = stored_network(cell.store, cell.path.name, seed)
    split = build("dataset", located(cell.question["dataset"]), data_root="nowhere", download=False)
    network = build("model", node, input_shape=tuple(split.x.shape[1:]), num_outputs=len(numbers["head.weight"])).eval()
    network.load_state_dict(numbers)
    x, y = (split.test_x - split.mean) / split.std, split.test_y
    if embeds:
        x, y = x[y >= 2], y[y >= 2]  # the half of the classes that are for testing
    with torch.no_grad():
        return (network(x) if embeds else network.body(x)).numpy(), y.tolist(), split.classes


def rows(text):
    return list(csv.DictReader(text.splitlines()))


def places(text):
    return torch.tensor([[float(row["x"]), float(row["y"])] for row in rows(text)])


@pytest.mark.parametrize(
    ("how", "wanted"),
    [("pca", PCA(2, random_state=0).fit_transform), ("tsne", TSNE(random_state=0).fit_transform)],
)
def test_the_numbers_are_those_of_scikit_learn(how, wanted, go, draw):
    cell = go(*KEPT)
    asked = ["seeds=2", "examples=60", f"map={how}"]
    found = draw(*asked)
    assert list(found) == [f"maps/{cell.path.name}/seed={seed}" for seed in range(2)]
    for seed, files in enumerate(found.values()):
        features, labels, classes = seen(cell, seed)
        chosen = [int(row["example"]) for row in rows(files[f"{how}.csv"])]
        assert len(set(chosen)) == 60
        assert [row["class"] for row in rows(files[f"{how}.csv"])] == [classes[labels[each]] for each in chosen]
        ours, theirs = places(files[f"{how}.csv"]), torch.from_numpy(wanted(features[chosen]))
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-3)
        assert all(name in files[f"{how}.svg"] for name in classes)
    assert draw(*asked) == found


def test_of_embeddings_it_is_these(go, draw):
    said = ["task=retrieval", "model=mlp", "augment=none", "method.width=5", "sampler.classes=2", "sampler.examples=8"]
    cell = go(*KEPT, *said)
    (files, _) = draw("seeds=2", *said).values()
    embeddings, labels, classes = seen(cell, 0, embeds=True)
    assert embeddings.shape[1] == 5
    wanted = torch.from_numpy(PCA(2, random_state=0).fit_transform(embeddings))
    assert [row["class"] for row in rows(files["pca.csv"])] == [classes[label] for label in labels]
    torch.testing.assert_close(places(files["pca.csv"]), wanted, rtol=1e-4, atol=1e-3)


def test_fewer_examples_are_the_same_of_every_seed(go, draw):
    go(*KEPT)
    first, second = (rows(files["pca.csv"]) for files in draw("seeds=2", "examples=40").values())
    assert len({row["example"] for row in first}) == 40
    assert [row["example"] for row in first] == [row["example"] for row in second]


def test_a_cell_without_networks_is_refused_and_nothing_is_written(go, draw, tmp_path):
    with pytest.raises(ConfigError, match=r"has no such cell; python -m runner .* exec\.keep_network=true trains it"):
        draw()
    go()
    with pytest.raises(ConfigError, match=r"has no network of seed 0; a run with exec\.keep_network=true keeps it"):
        draw()
    go("loss=gce", *KEPT)
    with pytest.raises(ConfigError, match=r"has no network of seed 2; a run with exec\.keep_network=true keeps it"):
        draw("loss=gce", "seeds=3")
    assert not (tmp_path / "maps").exists()


def test_what_cannot_be_a_map_is_refused(go, draw):
    go(*KEPT)
    with pytest.raises(ConfigError, match="map=tsne: needs 31 examples of 2 features or more; there are 30 of"):
        draw("map=tsne", "examples=30")
    with pytest.raises(ConfigError, match="map=umap: must be one of pca, tsne"):
        draw("map=umap")
    go(*KEPT, "dataset=diabetes", "loss=mse")
    with pytest.raises(ConfigError, match="regression: a map is coloured by class"):
        draw("dataset=diabetes", "loss=mse")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["method=hyper_training", "val_fraction=0.2"], "body.0.1.bias"),
        (["method=ssvi", "method.every=1"], "body.0.1.parametrizations"),
        (["method=stn", "method.warm_up=0", "val_fraction=0.2"], "body.0.1.gates"),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_a_network_that_a_method_made_over_is_refused_by_what_it_is(words, part, go, draw, tmp_path):
    go("exec.keep_network=true", "seeds=1", *words)
    with pytest.raises(
        ConfigError, match=rf"is not its model alone: one of both has no {part}.*; a method made it over"
    ):
        draw("seeds=1", *words)
    assert not (tmp_path / "maps").exists()
