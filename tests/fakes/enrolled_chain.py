"""A chain in a folder: headquarters with its authority, the shipped broker configuration, and registers that were enrolled."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from fakes.headquarters import free_port, mosquitto
from fakes.program import Program, completed, tillside

from sync.link import Broker

SHIPPED = Path(__file__).parents[2] / "packaging" / "mosquitto"


@dataclass(frozen=True)
class Chain:
    folder: Path
    office: Path
    broker_port: int
    enrol_port: int

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.enrol_port}"

    @property
    def authority(self) -> Path:
        return self.office / "authority"

    @property
    def headquarters(self) -> Broker:
        pem = str(self.authority / "headquarters.pem")
        return Broker("127.0.0.1", self.broker_port, ca_file=str(self.authority / "ca.pem"), certificate_file=pem, key_file=pem)

    def state(self, name: str) -> Path:
        return self.folder / name

    def settings(self, name: str) -> Path:
        """A register as it is installed, before it is enrolled."""
        state = self.state(name)
        state.mkdir(exist_ok=True)
        path = state / "settings.toml"
        if not path.exists():
            lines = [f'store = "S1"\ndevice = "{name}"\nstate_dir = "{state}"\nscreens_socket = "{state}/s.sock"']
            lines += ['[[lane]]\ntill = "1"\nsource = { kind = "tcp", host = "127.0.0.1", port = 9 }']
            path.write_text("\n".join(lines) + "\n")
        return path

    def code(self, name: str) -> str:
        told = completed(tillside("headquarters", "enrol", name, "--dir", self.office, "--json"))
        assert told.returncode == 0, told.stderr
        return str(json.loads(told.stdout)["code"])

    def enrol(self, name: str) -> Broker:
        """By the two commands; the lines it is given go into its settings."""
        settings = self.settings(name)
        done = completed(tillside("sync", "enrol", "--settings", settings, "--headquarters", self.url, "--code", self.code(name)))
        assert done.returncode == 0, done.stderr
        lines = (self.state(name) / "identity" / "settings.toml").read_text()
        settings.write_text(f"{settings.read_text()}{lines}")
        return self.broker_of(name)

    def broker_of(self, name: str) -> Broker:
        told = tomllib.loads((self.state(name) / "identity" / "settings.toml").read_text())["sync"]
        return Broker(**{key: told[key] for key in ("host", "port", "ca_file", "certificate_file", "key_file")})


def shipped_chain_conf(folder: Path, authority: Path) -> str:
    """The shipped file with its places put into a folder of the test's, and without what `mosquitto` says itself."""
    kept = [
        line
        for line in (SHIPPED / "chain.conf").read_text().splitlines()
        if not line.startswith(("listener", "persistence", "max_packet_size"))
    ]
    conf = "\n".join(kept).replace("/etc/mosquitto/tillside/chain.acl", str(SHIPPED / "chain.acl"))
    # A broker started by root gives up its rights and could no longer read our folder.
    return "user root\n" + conf.replace("/etc/mosquitto/tillside", str(authority)) + "\n"


@contextmanager
def chain(folder: Path) -> Iterator[Chain]:
    """Authority, enrolment server and broker, ready when entered."""
    office = folder / "office"
    ports = free_port(), free_port()
    for words in (
        ("init", "--dir", office),
        ("authority", "init", "--dir", office, "--name", "127.0.0.1", "--name", "localhost", "--broker", f"127.0.0.1:{ports[0]}"),
    ):
        completed(tillside("headquarters", *words)).check_returncode()
    made = Chain(folder, office, *ports)
    serve = tillside("headquarters", "identity", "--dir", office, "--port", str(ports[1]), "--json")
    with (
        mosquitto(folder / "broker", made.broker_port, shipped_chain_conf(folder, made.authority)),
        Program(serve, folder / "identity.log", talks=True) as server,
    ):
        assert msgspec.json.decode(server.line())["ready"]
        yield made
