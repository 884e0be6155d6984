"""The tables and views of `sync.central.postgres`, and how each version of them is made of the one before.

| view        | a row for                        | columns                                                                       |
|-------------|----------------------------------|-------------------------------------------------------------------------------|
| `sold`      | each line of a closed sale       | device, epoch, seq, store, day, local_time, currency, and of the line: line,  |
|             |                                  | sku, code, quantity, unit, amount, name                                       |
| `past_sold` | each line of an imported receipt | past, store, local_time, currency, and of the line the same but its code, and |
|             |                                  | marks (`sync.central.past.Mark`)                                              |

Quantities are thousandths, amounts minor units; what a record does not say is NULL. A receipt whose bytes PostgreSQL cannot
read as JSON (a NUL in a name) is no row and breaks no question: `told` gives NULL for it.
"""

from __future__ import annotations

from typing import Final, LiteralString

_SCHEMA: Final[tuple[LiteralString, ...]] = (
    "CREATE SCHEMA IF NOT EXISTS tillside",
    "CREATE TABLE tillside.about (version integer NOT NULL)",
    """CREATE TABLE tillside.receipt (device text, epoch text, seq bigint, store text NOT NULL, phase text NOT NULL,
         closed_us bigint NOT NULL, day text NOT NULL, currency text NOT NULL, total bigint NOT NULL,
         sha256 bytea NOT NULL, body bytea NOT NULL, PRIMARY KEY (device, epoch, seq))""",
    "CREATE INDEX receipt_by_time ON tillside.receipt (closed_us)",
    """CREATE TABLE tillside.rating (device text, epoch text, receipt bigint, seq bigint NOT NULL, store text NOT NULL,
         scale text NOT NULL, score bigint NOT NULL, sha256 bytea NOT NULL, body bytea NOT NULL,
         PRIMARY KEY (device, epoch, receipt), UNIQUE (device, epoch, seq))""",
    """CREATE TABLE tillside.span (device text, epoch text, lo bigint, hi bigint NOT NULL, PRIMARY KEY (device, epoch, lo))""",
    """CREATE TABLE tillside.register (device text PRIMARY KEY, store text NOT NULL, epoch text NOT NULL,
         last_heard text NOT NULL, bundle text, receipts bigint NOT NULL, last_us bigint)""",
    """CREATE TABLE tillside.day (device text, day text, currency text, receipts bigint NOT NULL, total numeric NOT NULL,
         PRIMARY KEY (device, day, currency))""",
    """CREATE TABLE tillside.quarantine (device text, sha256 text, at text NOT NULL, times bigint NOT NULL, why text NOT NULL,
         payload bytea NOT NULL, PRIMARY KEY (device, sha256))""",
)
_SUMS: Final[tuple[LiteralString, ...]] = (
    "ALTER TABLE tillside.register ADD COLUMN told bigint NOT NULL DEFAULT 0",
    """UPDATE tillside.register r SET told =
         (SELECT coalesce(max(hi), 0) FROM tillside.span s WHERE s.device = r.device AND s.epoch = r.epoch)""",
    'CREATE INDEX day_by_day ON tillside.day (day COLLATE "C")',
    """CREATE TABLE tillside.rated (device text, scale text, count bigint NOT NULL, total bigint NOT NULL,
         PRIMARY KEY (device, scale))""",
    "INSERT INTO tillside.rated SELECT device, scale, count(*), sum(score) FROM tillside.rating GROUP BY device, scale",
    """CREATE TABLE tillside.report (device text, day text, currency text, receipts bigint NOT NULL, total numeric NOT NULL,
         at text NOT NULL, PRIMARY KEY (device, day, currency))""",
    'CREATE INDEX report_by_day ON tillside.report (day COLLATE "C")',
)
_PAST: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE tillside.past (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, identity bytea NOT NULL UNIQUE,
         local_us bigint, order_hint bigint, marks integer NOT NULL, sha256 bytea NOT NULL, body bytea NOT NULL)""",
    "CREATE INDEX past_by_time ON tillside.past (local_us NULLS FIRST, order_hint NULLS FIRST, id)",
    "CREATE TABLE tillside.past_import (source text PRIMARY KEY, state bytea NOT NULL)",
)
_VIEWS: Final[tuple[LiteralString, ...]] = (
    """CREATE FUNCTION tillside.told(body bytea) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $$
         BEGIN
           RETURN convert_from(body, 'UTF8')::jsonb;
         EXCEPTION WHEN data_exception THEN
           RETURN NULL;
         END $$""",
    """CREATE VIEW tillside.sold AS
         SELECT r.device, r.epoch, r.seq, r.store, r.day, r.receipt ->> 'local_time' AS local_time, r.currency,
                line.number AS line, line.said ->> 'sku' AS sku, line.said ->> 'code' AS code,
                (line.said ->> 'quantity')::bigint AS quantity, line.said ->> 'unit' AS unit,
                (line.said ->> 'amount')::bigint AS amount, line.said ->> 'name' AS name
           FROM (SELECT *, tillside.told(body) AS receipt FROM tillside.receipt WHERE phase = 'closed' OFFSET 0) AS r
           CROSS JOIN LATERAL jsonb_array_elements(r.receipt -> 'lines') WITH ORDINALITY AS line (said, number)""",
    # A line of the past is an array, with what is left out at its end as `sync.central.past.PastLine` has it by default.
    """CREATE VIEW tillside.past_sold AS
         SELECT p.id AS past, p.receipt ->> 'store' AS store, p.receipt ->> 'local_time' AS local_time,
                p.receipt ->> 'currency' AS currency, line.number AS line, line.said ->> 0 AS sku,
                (line.said ->> 1)::bigint AS quantity, coalesce(line.said ->> 4, 'pcs') AS unit,
                (line.said ->> 3)::bigint AS amount, line.said ->> 5 AS name,
                coalesce((p.receipt ->> 'marks')::integer, 0) | coalesce((line.said ->> 2)::integer, 0) AS marks
           FROM (SELECT *, tillside.told(body) AS receipt FROM tillside.past OFFSET 0) AS p
           CROSS JOIN LATERAL jsonb_array_elements(p.receipt -> 'lines') WITH ORDINALITY AS line (said, number)""",
)
_FORGETTING: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE IF NOT EXISTS tillside.tombstone (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
         hash bytea NOT NULL UNIQUE, at text NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS tillside.erased (device text, epoch text, seq bigint, sha256 bytea,
         PRIMARY KEY (device, epoch, seq, sha256))""",
)
"""Of `sync.central.forgetting`."""
_FORGOTTEN: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE IF NOT EXISTS tillside.forgotten (device text PRIMARY KEY, through bigint NOT NULL,
         said_us bigint NOT NULL)""",
)
"""How far each register has forgotten."""
_PEOPLE: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE tillside.person (id text PRIMARY KEY, since_us bigint NOT NULL, receipts bigint NOT NULL DEFAULT 0,
         busiest bigint NOT NULL DEFAULT 0, first_day text NOT NULL DEFAULT '', last_day text NOT NULL DEFAULT '')""",
    """CREATE TABLE tillside.identity (token text PRIMARY KEY, hash bytea NOT NULL UNIQUE, person text NOT NULL,
         kind text NOT NULL, key_version integer NOT NULL, root text NOT NULL, since_us bigint NOT NULL)""",
    "CREATE INDEX identity_by_person ON tillside.identity (person)",
    """CREATE TABLE tillside.statement (hash bytea, purpose text, given integer, at_us bigint NOT NULL, source text NOT NULL,
         text_version text NOT NULL, PRIMARY KEY (hash, purpose, given))""",
    "CREATE INDEX statement_refusal ON tillside.statement (hash) WHERE purpose = 'profiling' AND given = 0",
    "ALTER TABLE tillside.tombstone ADD COLUMN lifted integer NOT NULL DEFAULT 0",
    """CREATE TABLE tillside.dispute (hash bytea, claimant bytea, at_us bigint NOT NULL, PRIMARY KEY (hash, claimant))""",
)
"""Of `sync.central.people`."""
_CHANGED: Final[tuple[LiteralString, ...]] = (
    "CREATE TABLE tillside.changed (device text, day bigint, mark bigint NOT NULL, PRIMARY KEY (device, day))",
    """INSERT INTO tillside.changed
         SELECT DISTINCT ON (1, 2) device, (closed_us + 62135683200000000) / 86400000000, floor(random() * 4294967296)::bigint
           FROM tillside.receipt""",
    # What comes is noted with its register, whose batches take turns; what is changed or deleted later with nobody, so that two
    # who write wait for each other only where they would anyway.
    """CREATE FUNCTION tillside.receipts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           INSERT INTO tillside.changed
             SELECT DISTINCT ON (1, 2) CASE TG_OP WHEN 'INSERT' THEN device ELSE '' END,
                    (closed_us + 62135683200000000) / 86400000000, floor(random() * 4294967296)::bigint
               FROM touched ORDER BY 1, 2
             ON CONFLICT (device, day) DO UPDATE SET mark = excluded.mark;
           RETURN NULL;
         END $$""",
    """CREATE TRIGGER receipt_insert AFTER INSERT ON tillside.receipt REFERENCING NEW TABLE AS touched
         FOR EACH STATEMENT EXECUTE FUNCTION tillside.receipts_changed()""",
    """CREATE TRIGGER receipt_update AFTER UPDATE ON tillside.receipt REFERENCING NEW TABLE AS touched
         FOR EACH STATEMENT EXECUTE FUNCTION tillside.receipts_changed()""",
    """CREATE TRIGGER receipt_delete AFTER DELETE ON tillside.receipt REFERENCING OLD TABLE AS touched
         FOR EACH STATEMENT EXECUTE FUNCTION tillside.receipts_changed()""",
    """CREATE FUNCTION tillside.ratings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           INSERT INTO tillside.changed
             SELECT DISTINCT ON (1, 2) r.device, (r.closed_us + 62135683200000000) / 86400000000,
                    floor(random() * 4294967296)::bigint
               FROM touched t JOIN tillside.receipt r ON r.device = t.device AND r.epoch = t.epoch AND r.seq = t.receipt
               ORDER BY 1, 2
             ON CONFLICT (device, day) DO UPDATE SET mark = excluded.mark;
           RETURN NULL;
         END $$""",
    """CREATE TRIGGER rating_insert AFTER INSERT ON tillside.rating REFERENCING NEW TABLE AS touched
         FOR EACH STATEMENT EXECUTE FUNCTION tillside.ratings_changed()""",
    """CREATE TRIGGER rating_update AFTER UPDATE ON tillside.rating REFERENCING NEW TABLE AS touched
         FOR EACH STATEMENT EXECUTE FUNCTION tillside.ratings_changed()""",
    """CREATE TRIGGER rating_delete AFTER DELETE ON tillside.rating REFERENCING OLD TABLE AS touched
         FOR EACH STATEMENT EXECUTE FUNCTION tillside.ratings_changed()""",
)
"""Whoever writes a receipt or a rating leaves another mark at its register's day; see `sync.central.Central.changed`."""
STEPS: Final = (_SCHEMA, (*_SUMS, *_PAST, *_VIEWS), _FORGETTING, _FORGOTTEN, _PEOPLE, _CHANGED)
"""What makes version 1 of nothing, and each version of the one before."""
VERSION: Final = len(STEPS)
