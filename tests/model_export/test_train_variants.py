"""`tillside train --variant`: the model that an arm of the experiment names, out of another bundle, and no other."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from fakes.device_shop import write_shop
from fakes.experiments import text
from fakes.training_command import run

from device.bundle import Bundle
from device.errors import BundleError
from device.scorer import prove
from device.tokens import Tokens
from model_export.commands import train


@pytest.fixture
def words(shop, tmp_path):
    shop.write_lines(shop.folder, shop.sales(300))
    path = tmp_path / "spring.toml"
    path.write_text(text() + 'model = "candidate"\n')
    write_shop(tmp_path / "other.bundle")
    key = ("--shopper-key", tmp_path / "key", "--experiment", path)
    return ("--receipts", shop.folder, "--out", tmp_path / "x.bundle", *key)


def test_the_bundle_carries_the_model_that_an_arm_names(words, tmp_path):
    done = run(train, *words, "--variant", f"candidate={tmp_path / 'other.bundle'}")
    assert done.exit_code == 0, done.output
    token = Tokens(np.array([2], np.int64), np.ones(1, np.float32))
    with closing(Bundle.open(tmp_path / "x.bundle")) as made, closing(Bundle.open(tmp_path / "other.bundle")) as other:
        assert made.variants == {"candidate"}
        assert made.experiment.models == {"candidate"}
        carried, own = prove(made, "candidate"), prove(other)
        assert carried.skus == own.skus != prove(made).skus
        answers = [scorer.run(token, np.zeros(len(own.skus), np.float32), 3)[:2] for scorer in (carried, own)]
        assert all((mine == theirs).all() for mine, theirs in zip(*answers, strict=True))


@pytest.mark.parametrize(
    ("variants", "told"),
    [
        ((), "give its bundle with --variant candidate=BUNDLE"),
        (("candidate={}", "another={}"), "no arm of an experiment names the model another"),
        (("candidate={}", "candidate={}"), "write each --variant once, as NAME=BUNDLE"),
        (("candidate",), "write each --variant once, as NAME=BUNDLE"),
    ],
)
def test_a_slip_of_the_pen_is_told_before_anything_is_read(words, tmp_path, variants, told):
    options = [word for one in variants for word in ("--variant", one.format(tmp_path / "other.bundle"))]
    done = run(train, *words, *options)
    assert done.exit_code == 2
    assert told in " ".join(done.output.replace("│", " ").split())
    assert not (tmp_path / "x.bundle").exists()


def test_what_is_no_bundle_is_told(words, tmp_path):
    (tmp_path / "other.bundle").write_bytes(b"no bundle")
    with pytest.raises(BundleError, match="is not a usable bundle"):
        run(train, *words, "--variant", f"candidate={tmp_path / 'other.bundle'}")
