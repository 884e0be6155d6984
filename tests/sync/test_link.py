"""The one place that knows MQTT, against a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS, until

from sync import link as linking
from sync.carrier import Message
from sync.link import RECEIVE_MAXIMUM, Broker, Link


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    port = free_port()
    with mosquitto(tmp_path, port):
        yield Broker("127.0.0.1", port)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_library_dies_the_program_does_not_wait_for_ever(broker: Broker) -> None:
    def broken(*_: object) -> NoReturn:
        raise OSError("as a bug of the library would")

    with Link(broker, "register-1", ["here"]).open() as link:
        assert link.publish("here", b"first")
        assert isinstance(link.next(SECONDS), Message)
        link._client.on_message = broken
        assert link.publish("here", b"second")
        with pytest.raises(RuntimeError, match="has died"):
            until(lambda: link.next(0.1), what="the connection's thread to be missed")


def test_a_message_that_comes_before_the_brokers_word_is_not_taken_for_it(broker: Broker) -> None:
    with Link(broker, "", ["unused"]).open() as writer:
        for name in "ab":
            writer._client.publish(f"kept/{name}", b"kept", qos=1, retain=True).wait_for_publish(SECONDS)
    with Link(broker, "", ["kept/#"], manual=True, proof="proof").open() as reader:
        assert [event.payload for _ in "ab" if isinstance(event := reader.next(SECONDS), Message)] == [b"kept", b"kept"]


def test_what_there_is_no_room_for_does_not_stop_what_comes_after(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that the database holds up for long: its queue is full, and the broker waits for no word on what was dropped."""
    monkeypatch.setattr(linking, "MAX_EVENTS", 5)
    with Link(broker, "", ["here"], manual=True).open() as reader, Link(broker, "", ["there"]).open() as writer:
        for number in range(3 * RECEIVE_MAXIMUM):
            assert writer.publish("here", b"%d" % number)
        until(reader._events.full, what="the queue to be full")
        assert reader.publish("here", b"last")

        def arrived() -> bool:
            event = reader.next(0.1)
            if isinstance(event, Message):
                reader.settle(event)
            reader.publish("here", b"again")
            return isinstance(event, Message) and event.payload == b"again"

        until(arrived, what="what was sent once there was room again")
