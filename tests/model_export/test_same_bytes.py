"""The same receipts make the same bundle in whatever process, and so in whatever order sets and dictionaries are gone through."""

from __future__ import annotations

import os
import subprocess
import sys

TRAIN = """
import sys
from pathlib import Path
from device.domain import Pseudonym
from model_export.history import arrange
from model_export.parquet import read_folder
from model_export.training import Extras, make_bundle

out = Path(sys.argv[2])
history = arrange(read_folder(Path(sys.argv[1]), Pseudonym))
make_bundle(history, Extras((), {}, "EUR", "2026-11-29T08:00:00+00:00"), out, 1)
"""


def test_another_hash_seed_makes_the_same_bytes(shop, tmp_path):
    shop.write_lines(shop.folder, shop.sales(900))
    made = []
    for seed in ("0", "4711"):
        out = tmp_path / f"bundle {seed}"
        environment = os.environ | {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run([sys.executable, "-c", TRAIN, str(shop.folder), str(out)], env=environment, check=True)
        made.append(out.read_bytes())
    assert made[0] == made[1]
