"""What a register that starts now takes part in, and what it says that it goes without."""

from __future__ import annotations

from pathlib import Path

from device import without
from device.journal import Journal
from device.live_bundle import LiveBundle
from device.settings import Settings


def taken_part(settings: Settings) -> tuple[str | None, dict[str, str]]:
    """The experiment's name, and what is told in the state folder."""
    state = Path(settings.state_dir)
    live = LiveBundle(settings, Journal(), without.Without(state, Journal()))
    live.close()
    experiment = live.adviser.experiment
    return None if experiment is None else experiment.name, without.read(state)
