"""The file of segments by rule: checked whole, every mistake told with its place."""

from __future__ import annotations

import pytest

from device.errors import SettingsError
from model_export.regulars import rules


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is no [[segment]]"),
        ("[[segment]]\nname = 'a'", "line 1: 'segment[0]' has no rule; there are: recency"),
        (
            "[[segment]]\nname = 'a'\nrfm = ['lost']\nstore = {name = 'S1'}",
            "has 2 rules, store and rfm: put them into all or any",
        ),
        ("[[segment]]\nname = 'a'\nrfm = ['champion']", "Invalid enum value 'champion'; there are: champions, loyal"),
        ("[[segment]]\nname = 'lost'\nrfm = ['lost']", "is one of the eleven segments"),
        ("[[segment]]\nname = 'a'\nrfm = []", "'segment[0].rfm' is empty"),
        ("[[segment]]\nname = 'a'\nall = []", "'segment[0].all' is empty"),
        ("[[segment]]\nname = 'a'\nfrequency = {days = 3}", "'segment[0].frequency' has no bound"),
        ("[[segment]]\nname = 'a'\nfrequency = {at_least = 3, at_most = 2}", "'at_least' 3: nobody could be in it"),
        ("[[segment]]\nname = 'a'\nbought = {days = 3}", "names nothing that is bought"),
        ("[[segment]]\nname = 'a'\nbought = {item = 'x', category = 'y'}", "names item and category that is bought"),
        ("[[segment]]\nname = 'a'\nhours = {from_hour = 7, until_hour = 7}", "are the same hour"),
        ("[[segment]]\nname = 'a'\nstore = {name = 'S1', at_least = 1.5}", "'segment[0].store.at_least'"),
        ("[[segment]]\nname = 'a'\nrecency = {at_least = 1, dyas = 3}", "unknown key 'segment[0].recency.dyas'"),
        (
            "[[segment]]\nname = 'a'\nboughtt = {item = 'x'}",
            "unknown key 'segment[0].boughtt' (did you mean 'segment[0].bought'?)",
        ),
        ("[[segment]]\nname = 'a'\nnot = {all = [{not = {}}]}", "'segment[0].not.all[0].not' has no rule"),
        (
            "x = 1\n\n[[segment]]\nname = 'a'\nrfm = ['lost']\n[[segment]]\nname = 'a'\nrfm = ['lost']",
            "line 6: 'segment[1].name': 'a'",
        ),
        ("[[segment]\n", "Expected"),
        ("[[segment]]\nname = 'a'\nall = " + "[{all = " * 40 + "1" + "}]" * 40, "more than 16 deep"),
        ("a = " + "[" * 100_000, "rules: "),
    ],
)
def test_a_broken_rule_is_told_with_its_place(text, told):
    with pytest.raises(SettingsError) as said:
        rules.parse(text.encode(), "rules")
    assert told in str(said.value)
    assert len(str(said.value)) < 1000


def test_every_mistake_is_told_at_once():
    text = "[[segment]]\nname = ''\nfrequency = {}\n[[segment]]\nname = 'b'\nmonetary = {at_least = 'much'}\nwhat = 1"
    with pytest.raises(SettingsError) as said:
        rules.parse(text.encode(), "rules")
    told = str(said.value).splitlines()
    assert len(told) == 4
    assert [line.partition(": ")[2][:6] for line in told] == ["line 1", "line 1", "line 4", "line 4"]


def test_bytes_that_are_no_rules_are_one_sentence(tmp_path):
    for content in (b"\xff\xfe", b'[[segment]]\nname = "\x00"', b" " * (1024 * 1024 + 1)):
        (tmp_path / "rules.toml").write_bytes(content)
        with pytest.raises(SettingsError):
            rules.read(tmp_path / "rules.toml")
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        rules.read(tmp_path / "none.toml")


def test_a_group_that_no_item_is_in_is_told():
    asked = rules.parse(b"[[segment]]\nname = 'a'\nbought = {category = 'cofee'}", "rules")
    groups = {"category": frozenset({"coffee"}), "family": frozenset(), "department": frozenset()}
    assert list(rules.unknown_goods(asked, groups)) == ["no item has the category 'cofee' (did you mean 'coffee'?)"]
    (told,) = rules.unknown_goods(asked, None)
    assert "there is no items.parquet" in told
