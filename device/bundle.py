"""What headquarters sends to a register: model, catalogue, profiles, pictures and the answers that prove them.

A bundle is a SQLite database and so is the register's `bundle.db`: the same three tables, a bundle file with one slot, the
register's with up to three (A, B, C), of which the row in `active` names the one in use. Training writes bundle files; the
downlink is the only writer of `bundle.db`; everybody else opens either read-only through `Bundle.open`.

| table  | columns                   | holds                                                                                  |
|--------|---------------------------|----------------------------------------------------------------------------------------|
| slot   | slot, manifest            | JSON `Manifest`: what it is, and the SHA-256 of everything else                        |
| part   | slot, kind, name, content | `document` model.onnx, vocabulary, catalogue, golden, best_sellers; `picture`; `profile` |
|        |                           | `document` experiment (`device.arms`) and acceptance (`device.acceptance`), where there  |
|        |                           | are; rhythm, by which it is reckoned what is due (`device.rhythm`); campaigns, and the   |
|        |                           | propensity by which their coupons are decided (`device.campaigns`); the models that arms |
|        |                           | of the experiment name (`device.scoring`)                                                |
| active | one, slot                 | the slot in use                                                                        |

Opening verifies: format version, the hash of every document, and one hash over all pictures and one over all profiles. A profile
is found by its pseudonym in the table itself, by eight bytes in memory that say where (`device.card_index`); of a person with
several pseudonyms one row holds the profile and the others its name (see `device.profiles`).

The model is ONNX with plain operators, and `TreeEnsembleRegressor` of `ai.onnx.ml` where trees put the best in another order.
Inputs: `token_ids` int64[n], `token_weights` float32[n], `item_bias` float32[items]
(0: as scored; minus infinity: forbidden), `k` int64[1]. Outputs: `items` int64[k] best first, `scores` float32[k],
`contributions` float32[n, k]: the part of each score that each token earned.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from device import acceptance, arms, campaigns, manifest, profiles, readonly, scoring
from device.card_index import EVERY, CardIndex
from device.catalogue import Catalogue, Item
from device.domain import Pseudonym, Sku
from device.errors import BundleError, SettingsError
from device.manifest import Manifest
from device.place import place_of, settle, tidy
from device.profiles import Profile
from device.propensity import Propensity
from device.rhythm import Rhythm
from device.scoring import GoldenBasket, Scoring
from device.tokens import Vocabulary

_Read = TypeVar("_Read")

MAX_DOCUMENT_BYTES: Final = 512 * 1024 * 1024
MAX_NAME_BYTES: Final = 200
FILE_SLOT: Final = "A"

SCHEMA: Final = """
CREATE TABLE slot (slot TEXT PRIMARY KEY, manifest BLOB NOT NULL);
CREATE TABLE part (id INTEGER PRIMARY KEY, slot TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
                   content BLOB NOT NULL, UNIQUE (slot, kind, name));
CREATE TABLE active (one INTEGER PRIMARY KEY CHECK (one = 1), slot TEXT NOT NULL);
"""

ACCEPTANCE: Final = "acceptance"
EXPERIMENT: Final = "experiment"
RHYTHM: Final = "rhythm"
CAMPAIGNS: Final = "campaigns"
PROPENSITY: Final = "propensity"
"""Documents that a bundle may have; a register that does not know one suggests as always, without one of them nothing is due, and
no coupon is handed out."""

_BY_NAME: Final = "SELECT content FROM part WHERE slot = :slot AND kind = :kind AND name = :name"
_BY_ROW: Final = "SELECT content FROM part WHERE id = :row AND slot = :slot AND kind = :kind AND name = :name"

DOCUMENTS: Final = ("best_sellers", "catalogue", "golden", "model.onnx", "vocabulary")


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that goes into a bundle, before it has an identity."""

    model: bytes
    vocabulary: Vocabulary
    catalogue: Iterable[Item]
    golden: list[GoldenBasket]
    best_sellers: Mapping[str, list[str]]
    """SKUs by store, best first; "" for the whole chain."""
    profiles: Iterable[tuple[Pseudonym, bytes]]
    """As `device.profiles` packs them, each pseudonym once, in any order."""
    pictures: Mapping[str, bytes]
    made_at: str
    currency: str
    receipts: int
    last_receipt: str
    history_decay: float
    notes: Mapping[str, str]
    experiment: bytes | None = None
    """The file, see `device.arms`."""
    rhythm: Rhythm | None = None
    campaigns: bytes | None = None
    """The file, see `device.campaigns`."""
    propensity: Propensity | None = None
    acceptance: bytes | None = None
    """The document, see `device.acceptance`."""
    variants: Mapping[str, Scoring] = field(default_factory=dict)
    """The models that arms of the experiment name."""


def write(path: Path, contents: Contents) -> Manifest:
    """Write a bundle file (where `path` is a link, its target), whole or not at all.

    The same bytes of content always make the same identity.
    """
    documents = {
        "best_sellers": msgspec.json.encode({store: list(skus) for store, skus in contents.best_sellers.items()}),
        "catalogue": msgspec.json.encode(list(contents.catalogue)),
        **Scoring(contents.model, contents.vocabulary, contents.golden).documents(),
    }
    may_be = {
        ACCEPTANCE: contents.acceptance,
        EXPERIMENT: contents.experiment,
        RHYTHM: None if contents.rhythm is None else msgspec.json.encode(contents.rhythm),
        CAMPAIGNS: contents.campaigns,
        PROPENSITY: None if contents.propensity is None else msgspec.json.encode(contents.propensity),
    }
    documents |= {name: content for name, content in may_be.items() if content is not None}
    documents |= scoring.all_documents(contents.variants)
    fields: dict[str, object] = {
        "made_at": contents.made_at,
        "currency": contents.currency,
        "receipts": contents.receipts,
        "last_receipt": contents.last_receipt,
        "documents": {name: hashlib.sha256(content).hexdigest() for name, content in documents.items()},
        "pictures": manifest.hash_all(sorted(contents.pictures.items())),
        "history_decay": contents.history_decay,
        "notes": dict(sorted(contents.notes.items())),
    }
    try:
        target = place_of(path)
    except OSError as error:
        raise BundleError(f"the bundle {path} cannot be written: {error.strerror}") from error
    # A name of its own: two that write the same bundle must not finish each other's.
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        tidy(target)
        unfinished.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(unfinished)) as db, db:
            db.executescript(SCHEMA)
            for kind, parts in (("document", documents), ("picture", contents.pictures)):
                rows = ((FILE_SLOT, kind, name, content) for name, content in sorted(parts.items()))
                db.executemany("INSERT INTO part (slot, kind, name, content) VALUES (?, ?, ?, ?)", rows)
            written = manifest.made(fields | {"profiles": put_profiles(db, contents.profiles)})
            db.execute("INSERT INTO slot VALUES (?, ?)", (FILE_SLOT, msgspec.json.encode(written)))
            db.execute("INSERT INTO active VALUES (1, ?)", (FILE_SLOT,))
        settle(unfinished)
        unfinished.replace(target)
        settle(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise BundleError(f"the bundle {path} cannot be written: {error}") from error
    finally:
        # Out of memory and SIGTERM leave no half of it either.
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return written


def put_profiles(db: sqlite3.Connection, packed: Iterable[tuple[Pseudonym, bytes]]) -> str:
    """Their hash. They come in any order and are sorted on disk: a million of them are a gigabyte."""
    db.execute("CREATE TEMP TABLE arriving (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID")
    db.executemany("INSERT INTO arriving VALUES (?, ?)", packed)
    query = "INSERT INTO part (slot, kind, name, content) SELECT ?, 'profile', name, content FROM arriving ORDER BY name"
    db.execute(query, (FILE_SLOT,))
    db.execute("DROP TABLE arriving")
    packed_in = "SELECT name, content FROM part WHERE slot = ? AND kind = 'profile' ORDER BY name"
    return manifest.hash_all(db.execute(packed_in, (FILE_SLOT,)))


class Bundle:
    """An opened, verified bundle. Documents are in memory; model, profiles and pictures are read when asked for."""

    def __init__(self, db: sqlite3.Connection, slot: str, signed: Manifest) -> None:
        self._db = db
        self._slot = slot
        self.manifest = signed
        documents = {name: self._document(name) for name in DOCUMENTS}
        # Verified like the others, but read again by whoever loads it, who then lets go of its tens of megabytes.
        del documents["model.onnx"]
        try:
            self.vocabulary = scoring.vocabulary(documents["vocabulary"], signed.identity)
            self.catalogue = Catalogue(msgspec.json.decode(documents["catalogue"], type=list[Item]))
            self.golden = msgspec.json.decode(documents["golden"], type=list[GoldenBasket])
            self.best_sellers = msgspec.json.decode(documents["best_sellers"], type=dict[str, list[Sku]])
            self.acceptance = self._optional(ACCEPTANCE, acceptance.parse)
            self.experiment = self._optional(EXPERIMENT, partial(arms.parse, name=EXPERIMENT))
            self.rhythm = self._optional(RHYTHM, msgspec.json.Decoder(Rhythm).decode)
            self.campaigns = self._optional(CAMPAIGNS, partial(campaigns.parse, name=CAMPAIGNS))
            self.propensity = self._optional(PROPENSITY, msgspec.json.Decoder(Propensity).decode)
        except (SettingsError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BundleError(f"bundle {signed.identity} holds a document that cannot be read: {error}") from error
        for name, numbers in ((RHYTHM, self.rhythm), (PROPENSITY, self.propensity)):
            if numbers is not None and not numbers.sound:
                raise BundleError(f"bundle {signed.identity} holds a {name} with numbers that cannot be")
        self.variants = scoring.variants(signed.documents)
        """Names of the models beside its own."""
        if self.experiment is not None and (lacking := sorted(self.experiment.models - self.variants)):
            raise BundleError(
                f"bundle {signed.identity}: arms of its experiment name the model {lacking[0]!r}, which it does not carry: "
                "give it to `tillside train` with --variant"
            )
        for kind, promised in (("picture", signed.pictures), ("profile", signed.profiles)):
            # Of profiles, which come last, the index remains.
            self._cards = CardIndex()
            if manifest.hash_all(self._cards.filling(db.execute(EVERY, (slot, kind)))) != promised:
                raise BundleError(f"bundle {signed.identity}: its {kind}s are not the ones that were signed")

    @classmethod
    def open(cls, path: Path, slot: str | None = None) -> Bundle:
        """Open a slot (None: the active one) of a bundle file or of `bundle.db` and verify it; BundleError otherwise."""
        if not path.is_file():
            raise BundleError(f"no bundle at {path}: make one with `tillside train` or wait for the nightly sync")
        try:
            db = readonly.opened(path, check_same_thread=False)
            db.execute("PRAGMA trusted_schema = OFF")
            db.execute("PRAGMA cell_size_check = ON")
            query = "SELECT slot, manifest FROM slot WHERE slot = coalesce(?, (SELECT slot FROM active))"
            if (row := db.execute(query, (slot,)).fetchone()) is None:
                raise BundleError(f"{path} holds no active bundle yet")
            return cls(db, row[0], manifest.decode(path, row[1]))
        except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
            raise BundleError(f"{path} is not a usable bundle: {error}") from error

    @property
    def model(self) -> bytes:
        """The ONNX model. BundleError when it is no longer the one that was signed."""
        return self._document("model.onnx")

    def scoring(self, variant: str | None = None) -> Scoring:
        """Its own model, or a variant's. BundleError when a document of it is not the one that was signed, or is none."""
        if variant is None:
            return Scoring(self.model, self.vocabulary, self.golden)
        return scoring.read(self._document, self.manifest.identity, variant)

    def profile(self, shopper: Pseudonym) -> Profile | None:
        """What is known of a consenting shopper, or None when the bundle holds no profile of this shopper."""
        content = self._filed(shopper)
        if content is not None and (first := profiles.other(content)) is not None:
            content = self._filed(first)
        return None if content is None else profiles.unpack(content)

    def at_hand(self) -> None:
        """Once all else is read: have the way to the profiles in memory, so that a look-up reads one page of the disk."""
        self._cards.kept_near(self._db)

    def picture(self, name: str) -> bytes | None:
        return self._part("picture", name)

    def picture_names(self) -> list[str]:
        """Those a file can have: no folders, nothing hidden."""
        rows = self._db.execute("SELECT name FROM part WHERE slot = ? AND kind = 'picture'", (self._slot,))
        return [name for (name,) in rows if _plain_name(name)]

    def close(self) -> None:
        self._db.close()

    def _filed(self, shopper: Pseudonym) -> bytes | None:
        if (rows := self._cards.rows(shopper)) is None:
            return self._part("profile", shopper)
        return next((found for row in rows if (found := self._part("profile", shopper, row)) is not None), None)

    def _part(self, kind: str, name: str, where: int | None = None) -> bytes | None:
        query = _BY_NAME if where is None else _BY_ROW
        try:
            row = self._db.execute(query, {"slot": self._slot, "kind": kind, "name": name, "row": where}).fetchone()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise BundleError(f"bundle {self.manifest.identity}: {kind} {name} cannot be read: {error}") from error
        if row is not None and not isinstance(row[0], bytes):
            raise BundleError(f"bundle {self.manifest.identity}: {kind} {name} is damaged, it is not bytes")
        return None if row is None else row[0]

    def _optional(self, name: str, parse: Callable[[bytes], _Read]) -> _Read | None:
        return parse(self._document(name)) if name in self.manifest.documents else None

    def _document(self, name: str) -> bytes:
        content = self._part("document", name)
        identity = self.manifest.identity
        if content is None:
            raise BundleError(f"bundle {identity} lacks its document {name}")
        if len(content) > MAX_DOCUMENT_BYTES:
            raise BundleError(f"bundle {identity}: document {name} is larger than {MAX_DOCUMENT_BYTES} bytes")
        if hashlib.sha256(content).hexdigest() != self.manifest.documents.get(name):
            raise BundleError(f"bundle {identity}: document {name} is damaged, its hash differs from the manifest")
        return content


def _plain_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name.encode()) <= MAX_NAME_BYTES and name[0] != "." and not {"/", "\0"} & set(name)
