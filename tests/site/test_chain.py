"""The chain by hand: every number and every sum is the library's, and shown when its step comes."""

import random
import re

import numpy as np

from cnnlib.widgets import Chain

from .widgets import READ, SET, focus_cell, follow, in_gallery, number, numbers, observe

#: The grids in the order in which the steps fill them.
STEPS = ["h", "r", "p", "y", "L", "dy", "dv", "dp", "dr", "dh", "dw", "dx"]
GIVEN = {"x": "values", "w": "first", "v": "second"}


def random_chains(count: int = 60):
    """Whole numbers, so that ties and zeros come up, and decimals."""
    rng = random.Random(3)
    for at in range(count):
        sizes = {"values": 5, "first": 2, "second": 2}
        digits = 0 if at % 3 else 1
        yield Chain(
            target=rng.randint(-9, 9),
            position=11,
            **{
                name: [[round(rng.uniform(-3, 3), digits) for _ in range(size)]]
                for name, size in sizes.items()
            },
        )


def test_every_number_is_the_librarys(visit):
    root = in_gallery(visit, "chain")
    for own in random_chains():
        asked = {short: ",".join(map(str, getattr(own, n)[0])) for short, n in GIVEN.items()}
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        follow(root, f"chain?{query}&target={own.target}&position=11")
        grids = observe(root, READ)["grids"]
        assert set(grids) == set(own.numbers)
        for name, values in own.numbers.items():
            np.testing.assert_allclose(numbers(grids[name]).ravel(), values, atol=6e-5)


def test_a_step_fills_its_grid_and_tells_its_sums(visit):
    root = in_gallery(visit, "chain")
    own = Chain().numbers
    for position, name in enumerate(STEPS):
        root.evaluate(SET, {"position": position})
        seen = observe(root, READ)
        for at, grid in enumerate(STEPS):
            shown = [row[0]["text"] for row in seen["grids"][grid]]
            if at > position:
                assert set(shown) == {""}, name
            else:
                assert [number(text) for text in shown] == own[grid].tolist(), name
        told = re.findall(rf"{name}\[(\d)\]: (.*?)(?={name}\[\d\]: |$)", seen["sum"])
        assert [int(row) for row, _ in told] == list(range(len(own[name])))
        for row, how in told:
            left, right = re.split(r" = |: (?=0$)", how)[-2:]
            assert number(right) == own[name][int(row)]
            if re.fullmatch(r"[-−\d·()+ ]+", left):  # a sum of products
                assert eval(left.replace("−", "-").replace("·", "*")) == own[name][int(row)]


def test_a_number_comes_when_its_parts_have_arrived(visit):
    root = in_gallery(visit, "chain")
    own = Chain().numbers["dw"]
    root.evaluate(SET, {"position": STEPS.index("dw")})
    counts = []
    for moment in range(21):
        root.evaluate(SET, {"moment": moment})
        shown = [row[0]["text"] for row in observe(root, READ)["grids"]["dw"]]
        assert all(text in ("", f"{value:g}") for text, value in zip(shown, own, strict=True))
        counts.append(sum(text != "" for text in shown))
    assert counts == sorted(counts)
    fall, land = 10, 17  # twentieths, as parts/motion.js has them
    assert set(counts[: fall + 1]) == {0}
    assert set(counts[:land]) == {0, 1}
    assert set(counts[land:]) == {2}


def test_another_number_changes_the_whole_chain(visit):
    root = in_gallery(visit, "chain")
    root.evaluate(SET, {"position": 11})
    focus_cell(root, "x", 3, 0)
    root.page.keyboard.type("5")
    root.page.keyboard.press("Enter")
    grids = observe(root, READ)["grids"]
    for name, values in Chain(values=[[1, 2, 0, 5, 1]]).numbers.items():
        np.testing.assert_array_equal(numbers(grids[name]).ravel(), values)


def test_what_is_not_computed_yet_says_when_it_will_be(visit):
    root = in_gallery(visit, "chain")
    root.evaluate(SET, {"position": 2})
    assert "step 12" in focus_cell(root, "dx", 0, 0)["readout"]
    assert "step 12" in focus_cell(root, "x", 0, 0)["readout"]
    assert "not computed yet" in observe(root, READ)["grids"]["dx"][0][0]["label"]
    assert focus_cell(root, "y", 0, 0)["readout"].endswith("that is step 4.")  # the next one
    root.evaluate(SET, {"position": STEPS.index("dw")})
    assert "dw[1] is computed" not in focus_cell(root, "w", 1, 0)["readout"]  # it is there now
    assert "dx[0] is computed in step 12" in focus_cell(root, "x", 0, 0)["readout"]
