"""Few-shot episodes: which examples are in them, and what is right."""

import torch

from runner.parts.measures._episodes import COUNT, QUERIES, Episodes, drawn, of_features, right

LABELS = torch.arange(160) % 8


def test_an_episode_has_five_classes_and_no_example_twice():
    support, query = drawn(LABELS, 5)
    assert support.shape == (COUNT, 5, 5)
    assert query.shape == (COUNT, 5, QUERIES)
    together = torch.cat([support, query], dim=2)
    assert all(len(each.unique()) == each.numel() for each in together)
    classes = LABELS[together]
    assert (classes == classes[..., :1]).all()
    assert all(len(each.unique()) == 5 for each in classes[..., 0])
    assert len({tuple(each.sort().values.tolist()) for each in classes[..., 0]}) > 10


def test_episodes_are_the_same_for_the_same_labels():
    again = drawn(LABELS, 5)
    assert all(torch.equal(a, b) for a, b in zip(drawn(LABELS, 5), again, strict=True))


def test_a_class_with_too_few_examples_is_in_none():
    labels = torch.tensor([0] * 20 + [1] * 20 + [2] * 19)
    support, _ = drawn(labels, 5)
    assert set(labels[support].flatten().tolist()) == {0, 1}
    assert drawn(labels[20:], 5) is None
    assert drawn(labels[20:], 4) is not None


def test_the_nearest_mean_by_hand():
    """Of two classes with two labelled examples each; lengths do not count."""
    features = torch.tensor([[1.0, 0.0], [0.0, 3.0], [-2.0, 0.0], [0.0, -1.0], [5.0, 4.0], [1.0, -0.1], [-1.0, -1.0]])
    episodes = Episodes(torch.tensor([[[0, 1], [2, 3]]]), torch.tensor([[[4, 5], [6, 4]]]))
    assert right(features, episodes).tolist() == [0.75]  # the last, of the second class, lies with the first


def test_classes_apart_are_always_told_and_features_without_classes_by_chance():
    labels = LABELS.repeat(10)
    noise = torch.randn(1600, 8, generator=torch.Generator().manual_seed(0))
    found = of_features(torch.stack([torch.eye(8)[labels], noise]), labels.expand(2, -1))
    for name in ("one_shot", "five_shot"):
        told, chance = found[f"{name}_accuracy"].tolist()
        assert told == 1
        assert abs(chance - 0.2) < 0.03
        assert found[f"{name}_interval"][0] == 0
        assert 0.003 < found[f"{name}_interval"][1] < 0.02


def test_without_enough_examples_there_is_no_accuracy():
    found = of_features(torch.eye(4)[None], torch.tensor([[0, 0, 1, 1]]))
    assert all(values.isnan().all() for values in found.values())
