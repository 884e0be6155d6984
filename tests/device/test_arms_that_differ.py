"""Arms may differ in model, policy, wording, number of cards and face: each as the file says, and told when it cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.device_shop import SCORES, STORE, contents, write_shop
from fakes.device_till import Checkout
from fakes.device_without import taken_part
from fakes.experiments import text

from device.adviser import from_best_sellers, from_bundle
from device.arms import parse
from device.bundle import Bundle, write
from device.domain import Phase
from device.errors import BundleError, SettingsError
from device.policy_settings import Policy
from device.scoring import Scoring
from device.screen_link import FaceKind, ReasonKind
from device.settings import parse as settings_of
from sync.proof import prove_apart

TURNED = {pair: 1.0 - score for pair, score in SCORES.items()}
"""Another model of the same goods: what was worst is best."""


def arms(second, first="faces = []"):
    """The experiment's file with these keys of its two arms."""
    head = text().split("[[arm]]", maxsplit=1)[0]
    return f'{head}[[arm]]\nname = "control"\n{first}\n[[arm]]\nname = "treatment"\n{second}\n'


def scoring(**changes):
    made = contents(**changes)
    return Scoring(made.model, made.vocabulary, made.golden)


@pytest.fixture
def candidate(tmp_path):
    """A bundle whose experiment compares its own model with a candidate's."""
    tested = arms('model = "candidate"', first="").encode()
    made = replace(contents(experiment=tested), variants={"candidate": scoring(scores=TURNED)})
    write(tmp_path / "x.bundle", made)
    return tmp_path / "x.bundle"


def taking_part(path):
    made = from_bundle(path, STORE, Policy())
    made.take_part(made.bundle.experiment)
    return made


def sales(counter, face=FaceKind.CUSTOMER, count=16):
    """By arm, the cards that each sale's first line brought."""
    shown: dict[str, list] = {}
    for number in range(count):
        counter.hear(f"b{number}", 1, "bread", minutes=number)
        cards = counter.lane.snapshot(face).cards
        counter.hear(f"b{number}", 2, "bread", phase=Phase.CLOSED, minutes=number + 0.5)
        shown.setdefault(counter.receipts()[-1].arm, []).append(cards)
    assert shown.keys() == {"control", "treatment"}
    return shown


def skus(cards):
    return [card.sku for card in cards]


def test_an_arm_is_decided_by_the_model_that_it_names(candidate, tmp_path):
    shown = sales(Checkout(tmp_path, taking_part(candidate)))
    assert {tuple(skus(cards)) for cards in shown["control"]} == {("butter", "cheese", "milk")}
    assert {tuple(skus(cards)) for cards in shown["treatment"]} == {("honey", "tea", "milk")}
    prove_apart(candidate)


def test_an_arm_may_be_what_sells_best(tmp_path):
    write_shop(tmp_path / "x.bundle", experiment=arms('model = "best-sellers"', first="").encode())
    shown = sales(Checkout(tmp_path, taking_part(tmp_path / "x.bundle")))
    assert {tuple(skus(cards)) for cards in shown["treatment"]} == {("tea",)}
    assert {card.reason.kind for cards in shown["treatment"] for card in cards} == {ReasonKind.BEST_SELLER}


def test_a_bundle_that_lacks_the_model_of_an_arm_is_none(tmp_path):
    write_shop(tmp_path / "x.bundle", experiment=arms('model = "candidate"').encode())
    with pytest.raises(BundleError, match=r"name the model 'candidate', which it does not carry: give it .* with --variant"):
        Bundle.open(tmp_path / "x.bundle")


@pytest.mark.parametrize("how", ["golden", "no answers"])
def test_a_model_that_does_not_prove_itself_is_refused(tmp_path, how):
    wrong = scoring(scores=TURNED, answers=[] if how == "no answers" else scoring().golden)
    tested = arms('model = "candidate"').encode()
    write(tmp_path / "x.bundle", replace(contents(experiment=tested), variants={"candidate": wrong}))
    for refuse in (taking_part, prove_apart):
        with pytest.raises(BundleError, match="variant candidate"):
            refuse(tmp_path / "x.bundle")


def test_no_sale_is_in_an_arm_where_the_model_of_one_is_not_there(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(arms('model = "candidate"'))
    table = {"store": STORE, "device": "r1", "state_dir": str(tmp_path / "state"), "experiment_file": str(path)}
    settings = settings_of(table | {"lane": [{"till": "1", "source": {"kind": "udp", "port": 5000}}]})
    settings.bundle_db.parent.mkdir()
    for made in (None, contents()):
        if made is not None:
            write(settings.bundle_db, made)
        name, told = taken_part(settings)
        assert name is None
        assert "names the model 'candidate', which the bundle does not carry" in told["experiment"]
    with pytest.raises(BundleError, match="names the model 'candidate', which the bundle does not carry"):
        from_best_sellers([], STORE, Policy()).take_part(parse(path.read_bytes(), "own.toml"))


def test_a_stopped_arm_needs_no_model(tmp_path):
    stopped = arms('model = "candidate"') + '[[stopped]]\narm = "treatment"\nday = 2026-05-03\nwhy = "till"\n'
    made = from_best_sellers([], STORE, Policy())
    made.take_part(parse(stopped.encode(), "own.toml"))
    assert made.experiment is not None


def test_an_arm_words_its_cards_as_it_says(tmp_path):
    wording = '[arm.wording]\nreason = "general"\npitch = {en = "Shall I add {name}?", ru = "Добавить {name}?"}'
    write_shop(tmp_path / "x.bundle", experiment=arms(wording, first="").encode())
    shown = sales(Checkout(tmp_path, taking_part(tmp_path / "x.bundle")), FaceKind.CASHIER)
    butter = {arm: {card.sku: card for cards in told for card in cards}["butter"] for arm, told in shown.items()}
    assert butter["control"].pitch == {"en": "Some butter with it?"}
    assert butter["treatment"].pitch == {"en": "Shall I add Butter?", "ru": "Добавить Товар butter?"}
    assert (butter["control"].reason.kind, butter["treatment"].reason.kind) == (ReasonKind.GOES_WITH, ReasonKind.PAIRS_WELL)
    customer = sales(Checkout(_folder(tmp_path), taking_part(tmp_path / "x.bundle")))
    assert all(card.pitch == {} for told in customer.values() for cards in told for card in cards)


def _folder(path):
    (path / "other").mkdir()
    return path / "other"


def test_arms_of_the_same_model_share_what_is_known_of_its_goods(tmp_path):
    tested = arms('policy = {cards = 1}\nmodel = "candidate"', first="policy = {cards = 2}").encode()
    variants = {"candidate": scoring(scores=TURNED)}
    write(tmp_path / "y.bundle", replace(contents(experiment=tested), variants=variants))
    made = taking_part(tmp_path / "y.bundle")
    control, treatment = map(made.voice, made.experiment.arm)
    assert control._goods is made._goods
    assert treatment._goods is not made._goods, "another model may rank other items"


def test_the_number_of_cards_is_the_policys(tmp_path):
    write_shop(tmp_path / "x.bundle", experiment=arms("policy = {cards = 1}", first="").encode())
    shown = sales(Checkout(tmp_path, taking_part(tmp_path / "x.bundle")))
    assert {arm: {len(cards) for cards in told} for arm, told in shown.items()} == {"control": {3}, "treatment": {1}}


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ('model = "a/b"', "arm[1].model"),
        ("model = 3", "arm[1].model"),
        ('wording = "loud"', "arm[1].wording"),
        ('wording = {reason = "none"}', "arm[1].wording.reason"),
        ('wording = {colour = "red"}', "arm[1].wording.colour"),
        ('wording = {pitch = {en = ""}}', "arm[1].wording.pitch"),
        ('wording = {pitch = {en = "Add {name} and {name}?"}}', "line 11: 'arm[1].wording.pitch.en': write {name} once at most"),
        ('wording = {pitch = {en = "Add {sku}?"}}', "line 11: 'arm[1].wording.pitch.en': write {name} once at most"),
        (f'wording = {{pitch = {{en = "{"x" * 121}"}}}}', "arm[1].wording.pitch"),
        ('[[guardrail]]\nmetric = "till"\nby = 1.0', "two arms are the same in 'faces', 'policy', 'model', 'wording'"),
    ],
)
def test_a_mistake_of_an_arm_is_one_sentence(second, told):
    with pytest.raises(SettingsError) as caught:
        parse(arms(second, first="").encode(), "spring.toml")
    (line,) = str(caught.value).splitlines()
    assert line.startswith("spring.toml: ")
    assert told in line


def test_the_metric_that_decides_is_one_of_the_reports():
    assert parse((text().replace("[[arm]]", 'decides = "till"\n[[arm]]', 1)).encode(), "x").decides == "till"
    with pytest.raises(SettingsError, match="decides"):
        parse(text(decides="tills").encode(), "x")
