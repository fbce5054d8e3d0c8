"""Looks at claims: what a store remembers of them, what each may spend, and what a ledger says."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runner import claims
from runner.console.errors import ConfigError
from runner.replication import ledger, looks
from runner.replication.evidence import evidence, judged
from runner.replication.kept import keep_claims, kept_claims
from runner.replication.looks import counted
from runner.replication.verdict import better, together
from runner.statistics.multiple import share_of_look
from runner.statistics.power import seeds_for
from runner.store.seal import sealed, sealed_lines, unsealed, unsealed_lines
from simulate import looks as simulated
from tests import damage
from tests.papers import UP, result

LEVEL = 0.05


@pytest.fixture
def look(claim, tmp_path):
    """Look at a claim with so many seeds of UP; the evidence, with the number of the look."""

    def at(seeds, first=0, changes=(), **how):
        return counted(of(claim(**dict(changes)), seeds, **how), str(tmp_path), first)

    return at


def of(its, seeds, **how):
    """Evidence of a claim."""
    places = {("gce", ""): result(UP[:seeds] + 0.05), ("ce", ""): result(UP[:seeds])}
    return evidence(its, "smoke", places, **how)


def written(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.glob("looks/*/*"))


# What the store remembers


def test_other_seeds_are_a_new_look_and_the_same_are_none(look, tmp_path):
    assert [look(n).look for n in (4, 6, 6, 4, 8)] == [1, 2, 2, 1, 3]
    assert [Path(name).name for name in written(tmp_path)] == ["1.json", "2.json", "3.json"]
    kept = unsealed((tmp_path / written(tmp_path)[1]).read_bytes())
    assert (kept["look"], kept["seeds"]) == (2, [0, 1, 2, 3, 4, 5])
    assert kept["question"]["arms"] == [["gce", ["loss=gce"]], ["ce", ["loss=ce"]]]


def test_seeds_from_a_later_one_on_are_another_look(look):
    assert [look(8).look, look(8, first=4).look, look(8, first=4).look] == [1, 2, 2]


@pytest.mark.parametrize(
    "how",
    [
        {"universe": ["model=linear"]},
        {"diverged": "exclude"},
        {"changes": {"expect": {"form": "better", "by": 0.1}}},
        {"changes": {"grid": ["noise=0.2"]}},
    ],
)
def test_another_question_has_looks_of_its_own(look, tmp_path, how):
    look(4)
    assert look(6, **how).look == 1
    assert len(written(tmp_path)) == 2


@pytest.mark.parametrize("text", [{"about": "Better"}, {"published": "no"}, {"seeds": 30}, {"level": 0.2}])
def test_a_claim_with_other_texts_another_level_or_more_seeds_is_the_same_question(look, text):
    look(4)
    assert look(6, changes=text).look == 2


def test_where_there_is_nothing_to_judge_nobody_has_looked(look, tmp_path):
    look(0)
    look(4, first=4)
    assert written(tmp_path) == []


def damaged(file, kept):
    return {
        "a figure": lambda: file.write_bytes(file.read_bytes().replace(b"3\n", b"4\n")),
        "lost": file.unlink,
        "empty": lambda: file.write_text(""),
        "a folder": lambda: (file.unlink(), file.mkdir()),
        "of another look": lambda: file.write_text(sealed(kept | {"look": 2})),
        "of another question": lambda: file.write_text(sealed(kept | {"question": {}})),
        "no seeds": lambda: file.write_text(sealed({"look": 1, "question": kept["question"], "seeds": ["1"]})),
    }


@pytest.mark.parametrize("way", damaged(Path(), {}))
def test_a_damaged_look_is_named_and_refused(look, tmp_path, way):
    look(4), look(6)
    file = tmp_path / written(tmp_path)[0]
    kept = {key: value for key, value in unsealed(file.read_bytes()).items() if key != "checksum"}
    damaged(file, kept)[way]()
    with pytest.raises(ConfigError, match=rf"{file}: .*; without {file.parent} it is counted anew"):
        look(6)


def test_a_store_that_cannot_remember_a_look_is_refused(look, tmp_path):
    (tmp_path / "looks").touch()
    with pytest.raises(ConfigError, match=f"store={tmp_path}: cannot be written to"):
        look(4)


def test_of_two_who_look_at_once_one_is_the_second(look, tmp_path, monkeypatch):
    """Both have found no look before either writes."""
    write = looks._write

    def outrun(folder, kept):
        monkeypatch.setattr(looks, "_write", write)
        write(folder, kept | {"seeds": [5]})
        write(folder, kept)

    monkeypatch.setattr(looks, "_write", outrun)
    assert look(4).look == 2
    assert len(written(tmp_path)) == 2


def test_many_who_look_at_once_have_a_number_each(claim, tmp_path):
    found = [of(claim(), seeds) for seeds in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        numbers = [each.look for each in pool.map(lambda each: counted(each, str(tmp_path), 0), found)]
    assert sorted(numbers) == list(range(1, 9))


def test_a_run_that_is_interrupted_is_no_look_and_programs_that_read_a_store_pass_by(
    claim, tmp_path, capsys, monkeypatch
):
    claim(scales={"smoke": {"overrides": ["dataset=blobs", "epochs=1"], "seeds": 2}})
    said = ["one", "scale=smoke", f"store={tmp_path}", "jobs=1", "--json"]

    def ends_with(status, *more):
        with pytest.raises(SystemExit) as ended:
            claims.main([*said, *more])
        assert ended.value.code == status
        return capsys.readouterr()

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(claims, "carry_out", interrupt)
        ends_with(130)
    assert written(tmp_path) == []
    assert json.loads(ends_with(0).out)[0]["look"] == 1
    assert json.loads(ends_with(0, "seeds=3").out)[0]["look"] == 2
    there = written(tmp_path)
    for module, words in (
        ("runner.status", [str(tmp_path)]),
        ("runner.report", [f"store={tmp_path}"]),
        ("runner.migrate", [str(tmp_path)]),
        ("runner.forget", ["dataset=blobs", "epochs=1", "noise=0.4", "loss=ce", "seeds=3", f"store={tmp_path}"]),
    ):
        done = damage.call(module, words)
        assert (done.error, "looks" in done.out + done.err) == (None, False), module
    assert written(tmp_path) == there, "what is trained anew is looked at once more"
    (tmp_path / there[0]).write_text("{}")
    assert f"one: {tmp_path / there[0]}: " in ends_with(2).err


# What a look may spend


def test_all_looks_together_may_spend_the_level():
    shares = [share_of_look(look) for look in range(1, 40)]
    assert shares[0] == 0.8
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


def test_p_is_divided_by_the_share_of_its_look_and_then_corrected():
    x = np.array([2.0, 3.0, 2.5, 2.1, 2.9, 2.6, 2.2, 2.8])
    one, two = (replace(better(x, 0.0, LEVEL), look=look) for look in (1, 2))
    p = 2 / 2**8
    assert [each.holm for each in together([one, two])] == pytest.approx([2 * p / 0.8, p / 0.16])
    assert [each.verdict(LEVEL) for each in together([one, two])] == ["holds", "holds"]
    assert together([replace(one, look=3)])[0].verdict(LEVEL) == "undecided"


def test_advice_asks_what_the_next_look_needs():
    x = np.random.default_rng(2).normal(0.3, 1, 12)
    sd, apart = x.std(ddof=1), abs(x.mean())
    for look in (1, 2):
        (found,) = together([replace(better(x, 0.0, LEVEL), look=look)])
        assert found.more(LEVEL) == seeds_for(sd, 12, apart, LEVEL * share_of_look(look + 1)) - 12
    (last,) = together([replace(better(x, 0.0, LEVEL), look=5)])
    assert (last.more(LEVEL), last.said(LEVEL)) == (None, "undecided"), "no number of seeds reaches 0.05 * 0.000256"


def test_who_follows_the_advice_decides_no_more_equal_ones_than_the_level():
    """With the whole level at each look it is more than twice as many."""
    values = np.random.default_rng(1).normal(size=(600, 12 + (simulated.LOOKS - 1) * simulated.MORE))
    shared = simulated.decided(values, 12, share_of_look).mean()
    whole = simulated.decided(values, 12, lambda _: 1.0).mean()
    assert shared <= LEVEL + 2 * np.sqrt(LEVEL * (1 - LEVEL) / len(values))
    assert whole > 0.1


@pytest.mark.parametrize("seeds", [12, 20])
def test_the_simulation_decides_and_advises_as_the_ledger_does(seeds):
    x = np.random.default_rng(seeds).normal(0.5, 1, (20, seeds))
    for one in x:
        (found,) = together([better(one, 0.0, LEVEL)])
        (p,) = simulated._p(one[None], np.array([seeds]))
        assert found.holm == pytest.approx(min(1.0, p / share_of_look(1)))
        assert simulated._more(one, LEVEL * share_of_look(2)) == min(simulated.MORE, found.more(LEVEL))


# What is kept and said


def test_kept_evidence_has_the_number_of_its_look(look, tmp_path):
    look(4)
    found = look(8)
    keep_claims([found], tmp_path / "kept")
    (read,) = kept_claims(tmp_path / "kept")
    assert replace(read, values=found.values) == found
    assert read.look == 2
    (line,) = [line for _, line in unsealed_lines((tmp_path / "kept").read_bytes())]
    del line["look"]
    (tmp_path / "older").write_text(sealed_lines([line]))
    (older,) = kept_claims(tmp_path / "older")
    assert older.look == 1
    first, second = (judged([each])[0].holm for each in (older, read))
    assert second == pytest.approx(5 * first)
    for text in (0, "2"):
        (tmp_path / "bad").write_text(sealed_lines([line | {"look": text}]))
        with pytest.raises(ConfigError, match=f"line 1: look={text}"):
            kept_claims(tmp_path / "bad")


def test_the_ledger_says_which_look_it_is_and_what_that_costs(look):
    one, universe = look(8), look(8, universe=["model=linear"])
    table = ledger.table([one])
    assert "look" not in table.body[0][0].text
    assert "p (Holm): divided by 0.8 at a first look, and corrected" in table.caption
    table = ledger.table([replace(one, look=2), replace(universe, look=3)])
    assert [line[0].text.rpartition("; ")[2] for line in table.body] == ["look 2", "look 3"]
    assert "divided by 0.8 at a first look, 0.16 at look 2, 0.032 at look 3" in table.caption
