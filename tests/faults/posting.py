"""Registers that post over TLS what `hostile.py` wants posted, and count how they were answered."""

from __future__ import annotations

import http.client
import random
import ssl
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import msgspec
from fakes.headquarters import receipt
from faults.poison import POISON, STRANGE

from sync import envelope
from sync.envelope import Entry, Header

EPOCH: Final = "a" * 32
GOOD: Final = 0.4
STRANGE_SHARE: Final = 0.1
_SECONDS: Final = 60.0


@dataclass(slots=True)
class Result:
    batches: int = 0
    good: int = 0
    lost: int = 0
    through: int = 0
    """Poisonous batches that were kept, or refused without one sentence."""
    answers: Counter[str] = field(default_factory=Counter)
    before_mib: float = 0
    peak_mib: float = 0
    after_mib: float = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def grew_mib(self) -> float:
        return self.peak_mib - self.before_mib


class Door:
    """One register's connection to headquarters."""

    def __init__(self, place: str, context: ssl.SSLContext, device: str) -> None:
        host, _, port = place.removeprefix("https://").rpartition(":")
        self._made = lambda: http.client.HTTPSConnection(host, int(port), timeout=_SECONDS, context=context)
        self._connection = self._made()
        self._path = f"/{envelope.receipts_topic(device)}"

    def post(self, payload: bytes) -> tuple[int, bytes]:
        for fresh in (False, True):
            try:
                self._connection.request("POST", self._path, payload or None, {"Content-Length": str(len(payload))})
                reply = self._connection.getresponse()
                body = reply.read()
            except (http.client.HTTPException, OSError):
                # A refusal may come, and the door be shut, before all of the body is sent.
                self._connection.close()
                self._connection = self._made()
                if fresh:
                    return 0, b""
            else:
                return reply.status, body
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._connection.close()


class Register(threading.Thread):
    """Posts its share: good batches one after another, poison between."""

    def __init__(self, device: str, door: Door, batches: int, seed: str, result: Result) -> None:
        super().__init__(name=device)
        self.device = device
        self.bodies: list[bytes] = []
        self._door = door
        self._batches = batches
        self._chance = random.Random(seed)
        self._result = result
        self._turn = _TURN
        self._next = 1
        self.done = False

    def run(self) -> None:
        kinds = list(POISON)
        self._chance.shuffle(kinds)
        for number in range(self._batches):
            drawn = self._chance.random()
            # The first good one comes before all poison: some of it takes the numbers of that one.
            if number == 0 or drawn < GOOD:
                self._good()
            elif drawn < GOOD + STRANGE_SHARE:
                name = self._chance.choice(list(STRANGE))
                self._answered(name, STRANGE[name](self._chance, self.device), harmless=True)
            else:
                kinds = kinds or self._chance.sample(list(POISON), len(POISON))
                name = kinds.pop()
                self._answered(name, POISON[name](self._chance, self.device), harmless=False)
        self._door.close()
        self.done = True

    def _good(self) -> None:
        count = self._chance.randrange(3, 20)
        lo, hi = self._next, self._next + count - 1
        entries = [Entry(seq, msgspec.json.encode(receipt(seq, self.device))) for seq in range(lo, hi + 1)]
        payload = envelope.pack(Header(envelope.VERSION, self.device, EPOCH, lo, hi, count, "b1"), entries)
        for _ in range(1 + (self._chance.random() < 0.2)):
            status, answer = self._door.post(payload)
            refused = status != 200 or envelope.read_acknowledgement(answer).refused is not None
            if refused:
                self._note("good", f"a good batch of {self.device} was answered {status} {answer[:200]!r}")
                return
        self._next = hi + 1
        with self._turn:
            self._result.answers["good, kept"] += 1
            self.bodies += [entry.body for entry in entries]

    def _answered(self, name: str, payload: bytes, *, harmless: bool) -> None:
        status, answer = self._door.post(payload)
        if status == 200:
            why = envelope.read_acknowledgement(answer).refused
            kind = "kept" if why is None else "refused"
        else:
            why = answer.decode(errors="replace")
            kind = f"shut out with {status}"
        with self._turn:
            self._result.answers[f"{'strange' if harmless else 'poison'}, {kind}"] += 1
        if (why is None and not harmless) or status in {0, 500} or status >= 501 or (why is not None and not sentence(why)):
            self._note("through", f"'{name}' was answered {status} {answer[:200]!r}")

    def _note(self, what: str, sentence: str) -> None:
        with self._turn:
            self._result.through += what == "through"
            if len(self._result.wrong) < 20:
                self._result.wrong.append(sentence)


_TURN: Final = threading.Lock()


def sentence(why: str) -> bool:
    return 10 < len(why) <= 1000 and all(one.isprintable() for one in why)
