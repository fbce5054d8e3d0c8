"""Where variance comes from: a design planned, trained once, shown, kept and shown again."""

import pytest

from runner import variance
from runner.console.errors import ConfigError
from runner.render import rendered

SAID = [
    "dataset=blobs", "dataset.num_train=60", "noise=0.4", "loss=ce,gce", "epochs=1", "method=mixup",
    "sources=init,noise,augment", "seeds=4", "points=2", "exec.progress=none", "exec.wandb.mode=disabled",
]  # fmt: skip


@pytest.fixture
def go(tmp_path, monkeypatch, capsys):
    """From the words of a command to its exit status and what it printed."""
    monkeypatch.setenv("COLUMNS", "250")

    def run(*words):
        status = 0
        try:
            variance.main([*words])
        except SystemExit as ended:
            status = int(ended.code or 0)
        return status, capsys.readouterr()

    return run


def test_a_design_is_planned_trained_once_and_shown_again_from_a_file(go, tmp_path):
    said = [*SAID, f"store={tmp_path / 'store'}", "jobs=1"]
    _, planned = go(*said, "--plan")
    assert "14 cells, 32 seeds: 32 to do" in planned.out
    file = tmp_path / "kept.jsonl"
    status, made = go(*said, f"keep={file}", f"pictures={tmp_path / 'pictures'}")
    assert status == 0
    assert "all others are fixed, 2 seeds at each of 2 points" in " ".join(made.out.split())
    assert {each.suffix for each in (tmp_path / "pictures").iterdir()} == {".svg", ".pdf", ".png"}
    _, again = go(*said, "--plan")
    assert "32 done" in again.out
    assert go(f"from={file}")[1].out == made.out
    _, more = go(
        *SAID[:-5], "sources=init,noise,augment", "seeds=6", "points=3", f"store={tmp_path / 'store'}", "--plan"
    )
    assert "32 done" in more.out
    page = tmp_path / "page.md"
    page.write_text(f"<!-- python -m runner.variance from={file} show=components -->\n<!-- end -->\n")
    assert "standard deviation" in rendered(page)[1]


def test_what_lacks_is_said_and_ends_with_status_1(go, tmp_path):
    status, made = go(*SAID, f"store={tmp_path / 'store'}", "train=false", "show=components")
    assert status == 1
    assert " - " in made.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["show=shares", "baseline=ce"], "baseline=ce: show=shares goes without it"),
        (["noise=0.4", "seed=3"], "seed: a design has seeds of its own"),
        (["from=kept.jsonl", "loss=ce"], "loss=ce: from=kept.jsonl shows what a file keeps"),
        (["from=kept.jsonl", "seeds=4", "--plan"], "seeds --plan: from=kept.jsonl"),
    ],
)
def test_words_that_do_not_go_together_are_refused(words, why):
    with pytest.raises(ConfigError, match=why):
        variance.main(words)


def test_a_design_is_in_one_store():
    with pytest.raises(ConfigError, match=r"store=a,b: the runs of a design are in one store; must be one folder"):
        variance.main(["dataset=blobs", "store=a,b", "train=false"])
