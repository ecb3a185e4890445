"""The local broker: Apache Kafka, one node, from its Maven artifacts; what is started is what kafka.lock pins."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import os
import secrets
import shutil
import socket
import struct
import subprocess
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.install import check_room, install_once, locked, run_tool
from infra.local.java import find_java, installed_java
from infra.local.launch import Launch
from infra.settings import Settings

CONFIGURATION = "server.properties"
ROOM_MB = 200
DATA_ROOM_MB = 100
FORMAT_TIMEOUT_S = 120
EXTERNAL = "or set IMAGERISK_KAFKA to an existing broker"
LOWEST_MEMORY_MB = 512

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=BROKER://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=BROKER://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
inter.broker.listener.name=BROKER
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# a broker that was killed may come back when its old session is over: 9 s by default
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# one node; few internal partitions
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
offsets.topic.segment.bytes=16777216
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
# memory: the cleaner's default buffer is 128 MB
log.cleaner.dedupe.buffer.size=8388608
num.network.threads=2
num.io.threads=4
background.threads=4
# disk (of one partition) and message limit
log.retention.hours={hours}
log.retention.bytes={bytes}
log.segment.bytes=134217728
message.max.bytes=1048588
"""


def locked_sums() -> dict[str, str]:
    """What kafka.lock pins: file name to SHA-256 in hexadecimal."""
    lines = importlib.resources.files("infra.local").joinpath("kafka.lock").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def check_jars(folder: Path) -> None:
    """Raise LocalError unless `folder` holds exactly the locked files."""
    expected = locked_sums()
    present = {path.name: path for path in folder.iterdir()}
    wrong = [f"{name} is missing" for name in expected.keys() - present.keys()]
    wrong += [f"{name} does not belong there" for name in present.keys() - expected.keys()]
    for name in expected.keys() & present.keys():
        with present[name].open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected[name]:
                wrong.append(f"{name} has another checksum")
    if wrong:
        remedy = f"delete {folder.parent}, it is downloaded anew by `imagerisk up`"
        raise LocalError(f"the broker's files in {folder} are not those of kafka.lock ({'; '.join(sorted(wrong)[:3])})", remedy)


def install_kafka(cache: Path) -> Path:
    """The folder with the broker's jars, downloaded on first use with Maven and checked. Raises LocalError."""
    resources = importlib.resources.files("infra.local")
    lock = resources.joinpath("kafka.lock").read_bytes()

    def fill(draft: Path) -> None:
        maven = shutil.which("mvn")
        if not maven:
            raise LocalError("Maven (`mvn`) was not found on PATH; it downloads the local Kafka", f"install the package maven, {EXTERNAL}")
        draft.joinpath("pom.xml").write_bytes(resources.joinpath("kafka-pom.xml").read_bytes())
        own_java = {} if installed_java() else {"JAVA_HOME": str(find_java(cache).parents[1])}
        run_tool([maven, "--strict-checksums", "--batch-mode", "--quiet", "dependency:copy-dependencies"], draft,
                 environment=own_java, remedy=f"check the network and Maven's settings, {EXTERNAL}")  # fmt: skip
        check_jars(draft / "jars")

    return install_once(cache / f"kafka-{hashlib.sha256(lock).hexdigest()[:12]}", fill, need_mb=ROOM_MB) / "jars"


def prepare_kafka(settings: Settings) -> Launch:
    """Check the jars, write the configuration, format the data folder on first use; how to start the broker.

    Paths in the configuration are relative to the working folder, as commas, backslashes and letters beyond ASCII have meanings there.
    Raises LocalError.
    """
    jars = install_kafka(settings.cache)
    check_jars(jars)
    check_memory()
    folder = settings.home / "kafka"
    folder.mkdir(parents=True, exist_ok=True)
    check_room(folder, DATA_ROOM_MB)
    java, classes = str(find_java(settings.cache)), f"{jars}{os.sep}*"
    folder.joinpath(CONFIGURATION).write_text(
        PROPERTIES.format(
            broker=settings.kafka_port, controller=settings.kafka_controller_port,
            hours=settings.kafka_retention_hours, bytes=settings.kafka_retention_mb << 20,
        )
    )  # fmt: skip
    with locked(folder / ".format.lock"):
        if not folder.joinpath("data", "meta.properties").exists():
            format_data([java, "-XX:TieredStopAtLevel=1", "-cp", classes, "kafka.tools.StorageTool"], folder)
    argv = [
        java, "-Xms64m", f"-Xmx{settings.kafka_memory_mb}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes, "kafka.Kafka", CONFIGURATION,
    ]  # fmt: skip
    return Launch(argv, folder)


def format_data(tool: list[str], folder: Path) -> None:
    """Give the empty data folder its cluster id. Raises LocalError."""
    cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    while cluster.startswith("-"):  # the tool would read it as an option
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    argv = [*tool, "format", "--cluster-id", cluster, "--config", CONFIGURATION, "--standalone", "--ignore-formatted"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, timeout=FORMAT_TIMEOUT_S, check=False)
    if done.returncode:
        tail = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()[-5:]
        raise LocalError("the broker's data folder could not be made:\n" + "\n".join(tail) + "\n", "see the message above")


def check_memory() -> None:
    """Raise LocalError when too little memory is left for a broker."""
    available = available_memory_mb()
    if available is not None and available < LOWEST_MEMORY_MB:
        sentence = f"{available} MB of memory are left and the local broker needs {LOWEST_MEMORY_MB} MB"
        raise LocalError(sentence, f"end other programs, {EXTERNAL}")


def available_memory_mb() -> int | None:
    """Memory that can be had without swapping, in MB; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("MemAvailable:")), None)


def kafka_answers(host: str, port: int, timeout_s: float = 2.0) -> bool:
    """True when an ApiVersions request (key 18, version 0) is answered. Source: Kafka protocol guide, request header version 1."""
    client = b"imagerisk"
    body = struct.pack(">hhih", 18, 0, 1, len(client)) + client
    try:
        with socket.create_connection((host, port), timeout_s) as link:
            link.sendall(struct.pack(">i", len(body)) + body)
            head = link.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(head) == 10 and struct.unpack(">iih", head)[1:] == (1, 0)
