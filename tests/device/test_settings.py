"""settings.toml: what is right is read, and every mistake is told at once with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from device import settings
from device.errors import SettingsError
from device.policy_settings import Notice, Policy
from device.settings import Lane, MqttSource, ReplaySource, SerialSource, Settings, Sync, TcpSource, parse, read

GOOD = """
store = "S1"
device = "register-1"
state_dir = "/var/lib/tillside"
timezone = "Asia/Yekaterinburg"

[[lane]]
till = "1"
[lane.source]
kind = "serial"
port = "/dev/serial/by-id/usb-till-1"
baud = 115200
parity = "E"

[[lane]]
till = "2"
source = {kind = "mqtt", host = "localhost", username = "till", password_file = "/etc/tillside/password"}

[[lane]]
till = "3"
source = {kind = "tcp", host = "0.0.0.0", port = 5000, listen = true}

[[lane]]
till = "4"
source = {kind = "replay", file = "recording.bin", pause_seconds = 0.5}

[policy]
cards = 4
reach = ["at_till"]
age_restricted = true
pin = [{sku = "120101", first_day = 2026-05-04, last_day = 2026-05-10, from_hour = 17, until_hour = 20, stores = ["S1"]}]

[[policy.ban]]
sku = "210103"

[privacy]
shopper_key_file = "/etc/tillside/shopper.key"

[sync]
host = "headquarters.example"
bundles = "https://headquarters.example/bundles"
"""


def table(**changes: Any) -> dict[str, Any]:
    least = {"store": "S1", "device": "r1", "lane": [{"till": "1", "source": {"kind": "tcp", "host": "h", "port": 1}}]}
    return {key: value for key, value in (least | changes).items() if value is not ...}


def lane(**source: Any) -> list[dict[str, Any]]:
    return [{"till": "1", "source": source}]


def mistakes(changed: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as wrong:
        parse(changed)
    told = str(wrong.value).splitlines()
    assert all(line.startswith("settings.toml: ") for line in told)
    return [line.removeprefix("settings.toml: ") for line in told]


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(GOOD)
    known = read(path)
    assert [type(one.source) for one in known.lane] == [SerialSource, MqttSource, TcpSource, ReplaySource]
    serial = known.lane[0].source
    assert isinstance(serial, SerialSource)
    assert (serial.baud, serial.parity, serial.bytesize, serial.stopbits) == (115200, "E", 8, 1)
    assert (known.policy.cards, known.policy.reach, known.policy.age_restricted, known.policy.refusals) == (
        4,
        ("at_till",),
        True,
        2,
    )
    week = Notice(
        sku="120101", first_day=date(2026, 5, 4), last_day=date(2026, 5, 10), from_hour=17, until_hour=20, stores=("S1",)
    )
    assert (known.policy.pin, known.policy.ban) == ((week,), (Notice(sku="210103"),))
    assert known.sync is not None
    assert (known.sync.host, known.sync.port) == ("headquarters.example", 1883)
    assert (known.edge_db, known.bundle_db) == (Path("/var/lib/tillside/edge.db"), Path("/var/lib/tillside/bundle.db"))
    assert str(known.zone) == "Asia/Yekaterinburg"


def test_the_least_that_is_needed_is_enough() -> None:
    known = parse(table())
    assert (known.lane[0].dialect, known.policy, known.sync, known.privacy.shopper_key_file) == ("native", Policy(), None, None)
    assert (known.screens_socket, known.timezone) == ("/run/tillside/screens.sock", "Europe/Moscow")


@pytest.mark.parametrize(
    "kind", [SerialSource, TcpSource, MqttSource, ReplaySource, Lane, Notice, Policy, settings.Privacy, Sync, Settings]
)
def test_every_default_is_a_value_its_own_type_allows(kind: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(kind):
        if field.default is not msgspec.NODEFAULT:
            assert msgspec.convert(msgspec.to_builtins(field.default), field.type) == field.default, field.name


def test_every_key_says_in_its_docstring_or_name_what_it_measures() -> None:
    kinds = (SerialSource, TcpSource, MqttSource, ReplaySource, Policy, Sync)
    floats = [field.name for kind in kinds for field in msgspec.structs.fields(kind) if field.default.__class__ is float]
    assert [name for name in floats if not name.endswith(("_seconds", "_floor", "_boost", "_ratio", "_share"))] == []


def test_mistakes_of_every_part_are_told_together_with_hints() -> None:
    told = mistakes(
        {
            "store": "S1",
            "devise": "r1",
            "lane": [
                {"till": "1", "source": {"kind": "serial", "port": "/dev/ttyS0", "baudrate": 9600}},
                {"till": 2, "source": {"kind": "tcp", "host": "h", "port": 1}},
                {"till": "3", "source": {"kind": "serail", "port": "/dev/ttyS1"}},
            ],
            "policy": {"cards": 9, "colour": "red"},
            "privacy": {"shopper_keyfile": "x"},
            "sync": {"host": "h", "poll_seconds": 0},
        }
    )
    assert "missing key 'device'" in told
    assert "unknown key 'devise' (did you mean 'device'?)" in told
    assert "unknown key 'lane[0].source.baudrate' (did you mean 'lane[0].source.baud'?)" in told
    assert "unknown key 'policy.colour'" in told
    assert "unknown key 'privacy.shopper_keyfile' (did you mean 'privacy.shopper_key_file'?)" in told
    assert "'lane[1].till': Expected `str`, got `int`" in told
    assert (
        "'lane[2].source.kind' unknown value 'serail' (did you mean 'serial'?); there are: serial, tcp, udp, mqtt, replay" in told
    )
    assert "'policy.cards': Expected `int` <= 4" in told
    assert "'sync.poll_seconds': Expected `float` > 0.0" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"store": ...}, "missing key 'store'"),
        ({"lane": ...}, "missing key 'lane'"),
        ({"lane": []}, "no [[lane]]: name at least one till"),
        ({"device": "käse 1"}, "device 'käse 1': use letters, digits, '-' and '_' only"),
        ({"store": ""}, "store '': use letters"),
        ({"store": "S/1"}, "store 'S/1': use letters"),
        ({"timezone": "Europe/Moskow"}, "timezone 'Europe/Moskow' is not known (did you mean 'Europe/Moscow'?)"),
        ({"timezone": "Nowhere"}, "timezone 'Nowhere' is not known"),
        ({"lane": 5}, "'lane': "),
        ({"lane": [5]}, "'lane[0]': "),
        ({"lane": lane(kind="tcp", host="h", port=0)}, "'lane[0].source.port': "),
        ({"lane": lane(kind="tcp", host="h", port=70000)}, "'lane[0].source.port': "),
        ({"lane": lane(kind="serial", port="p", baud=1)}, "'lane[0].source.baud': "),
        ({"lane": lane(kind="serial", port="p", parity="X")}, "'lane[0].source.parity': "),
        ({"lane": lane(kind="replay", file="f", pause_seconds=-1)}, "'lane[0].source.pause_seconds': "),
        ({"lane": lane(host="h", port=1)}, "'lane[0].source.kind' is missing"),
        ({"policy": {"reach": ["nowhere"]}}, "'policy.reach[0]': "),
        ({"policy": {"needs": ["weight"]}}, "'policy.needs[0]': "),
        ({"policy": {"refusals": 0}}, "'policy.refusals': "),
        ({"policy": {"reach": []}}, "'policy.reach': name each place once, and at least one"),
        ({"policy": {"reach": ["fetch", "fetch"]}}, "'policy.reach': name each place once"),
        ({"policy": {"reach_ratio": 0.5}}, "'policy.reach_ratio': "),
        ({"policy": {"margin_boost": 1.5}}, "'policy.margin_boost': "),
        ({"policy": {"expiry_boost": -0.1}}, "'policy.expiry_boost': "),
        ({"policy": {"expiry_days": 0}}, "'policy.expiry_days': "),
        ({"policy": {"sponsored_cards": 2}}, "'policy.sponsored_cards': "),
        ({"policy": {"sponsored_ratio": 2}}, "'policy.sponsored_ratio': "),
        ({"policy": {"relevance_floor": float("nan")}}, "'policy.relevance_floor' nan: write a number"),
        ({"policy": {"relevance_floor": float("inf")}}, "'policy.relevance_floor' inf: write a number"),
        ({"policy": {"pin": [{"first_day": date(2026, 5, 4)}]}}, "missing key 'policy.pin[0].sku'"),
        ({"policy": {"pin": [{"sku": "1", "last_dya": date(2026, 5, 4)}]}}, "unknown key 'policy.pin[0].last_dya' (did you mean"),
        ({"policy": {"ban": [{"sku": "1", "first_day": "May"}]}}, "'policy.ban[0].first_day': "),
        ({"policy": {"ban": [{"sku": "1", "from_hour": 25}]}}, "'policy.ban[0].from_hour': "),
        ({"policy": {"ban": [{"sku": "1", "until_hour": "25:99"}]}}, "'policy.ban[0].until_hour': "),
        ({"policy": {"ban": [{"sku": "1", "from_hour": 8, "until_hour": 8}]}}, "'policy.ban[0].from_hour' and 'until_hour' are"),
        (
            {"policy": {"pin": [{"sku": "1", "first_day": date(2026, 5, 4), "last_day": date(2026, 5, 3)}]}},
            "'policy.pin[0].last_day' 2026-05-03 is before 'first_day' 2026-05-04",
        ),
        ({"policy": {"ban": [{"sku": "1"}] * 201}}, "'policy.ban': 201 entries are more than 200"),
        ({"policy": {"age_restricted": 1}}, "'policy.age_restricted': "),
        ({"policy": "open"}, "'policy': "),
        ({"sync": {}}, "missing key 'sync.host'"),
        ({"sync": {"way": "pigeon", "host": "h"}}, "'sync.way': "),
        ({"sync": {"way": ["mqtt"], "host": "h"}}, "'sync.way': "),
        ({"sync": {"way": "https", "host": "127.0.0.1"}}, "sync.port: name it, https has none by itself"),
        ({"sync": {"way": "https", "host": "hq", "port": 8443}}, "sync.way 'https' needs 'sync.ca_file'"),
        ({"sync": {"way": "https", "host": "::1", "port": 8443, "username": "u"}}, "sync.username would not be used"),
        ({"sync": {"host": "h", "window_start": "1:30"}}, "sync.window_start: '1:30' is no time of day"),
        ({"sync": {"host": "h", "window_start": "24:00"}}, "sync.window_start: '24:00' is no time of day"),
        ({"sync": {"host": "h", "window_minutes": 1441}}, "'sync.window_minutes': "),
        ({"state_dir": 5}, "'state_dir': "),
    ],
)
def test_a_mistake_is_told_with_its_place(change: dict[str, Any], told: str) -> None:
    (line,) = mistakes(table(**change))
    assert line.startswith(told)


def of_lane(till: str = "1", **source: Any) -> dict[str, Any]:
    return {"lane": [{"till": till, "source": {"kind": "mqtt", "host": "h"} | source}]}


@pytest.mark.parametrize(
    "change",
    [
        of_lane("#"),
        of_lane(""),
        of_lane(topic="shop/#/x"),
        of_lane(certificate_file="c", key_file="k"),
        of_lane(ca_file="a", certificate_file="c"),
        of_lane(password_file="p"),
        of_lane(host="till..local"),
        {"sync": {"host": "h", "password_file": "p"}},
        {"lane": [of_lane()["lane"][0] | {"program": {"host": "h", "password_file": "p"}}]},
        {"lane": [of_lane()["lane"][0] | {"program": {"port": 1883}}]},
        {"lane": [of_lane()["lane"][0] | {"program": {"host": "h", "topic": "mine"}}]},
    ],
)
def test_what_has_the_right_type_and_cannot_work_is_a_mistake(change: dict[str, Any]) -> None:
    assert mistakes(table(**change))


@pytest.mark.parametrize(
    "sync",
    [
        {"way": "usb"},
        {"way": "https", "host": "localhost", "port": 8080},
        {"way": "https", "host": "hq", "port": 8443, "ca_file": "a", "certificate_file": "c", "key_file": "k"},
        {"host": "h", "window_start": "23:30", "window_minutes": 1440},
    ],
)
def test_what_each_way_to_headquarters_needs_is_enough(sync: dict[str, Any]) -> None:
    assert parse(table(sync=sync)).sync is not None


def test_mistakes_of_one_table_and_of_sense_are_told_together() -> None:
    lanes = [{"till": "1", "source": {"kind": "tcp", "host": "h", "port": 0, "listen": 5}}]
    told = " ".join(mistakes(table(store="S/1", lane=lanes, policy={"cards": 9, "refusals": 0}, timezone="Europe/Moskow")))
    assert [word for word in ("port", "listen", "cards", "refusals", "Moskow", "S/1") if word not in told] == []


def test_two_lanes_of_one_name_are_a_mistake() -> None:
    assert mistakes(table(lane=table()["lane"] * 2)) == ["lane.till '1' stands twice: every lane needs its own"]


def test_a_key_of_another_kind_of_source_is_unknown() -> None:
    (line,) = mistakes(table(lane=lane(kind="tcp", host="h", port=1, baud=9600)))
    assert line.startswith("unknown key 'lane[0].source.baud'")


def test_a_word_that_is_none_of_a_few_is_told_which_there_are(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        'store = "S1"\ndevice = "d"\n[[lane]]\ntill = "7"\nsource = {kind = "replay", file = "x"}\n[screens]\nrating = "stars"\n'
    )
    with pytest.raises(SettingsError) as told:
        read(file)
    assert str(told.value) == f"{file}: 'screens.rating': Invalid enum value 'stars'; there are: off, faces, ten"


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), 1e12, 86_401, 0, -1])
def test_a_time_that_nobody_waits_for_is_a_mistake(seconds: float) -> None:
    """Till commands of 1e12 seconds ended the daemon when the first item was handed back: there is no such date."""
    source = {"kind": "replay", "file": "f", "pause_seconds": seconds or -1}
    handback = {"kind": "mqtt", "host": "b", "seconds": seconds}
    one = {"till": "1", "source": source, "idle_seconds": seconds, "match_seconds": seconds, "handback": handback}
    told = mistakes(table(lane=[one], sync={"host": "h", "poll_seconds": seconds}))
    keys = ("source.pause_seconds", "idle_seconds", "match_seconds", "handback.seconds")
    assert {line.split(":")[0] for line in told} == {*(f"'lane[0].{key}'" for key in keys), "'sync.poll_seconds'"}
