"""The dead letters: read them, put them back. Uses kafka-python, which needs no running loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from schemas.messages import DeadLetter
from schemas.wire import Undecodable, decode
from streams.topics import DEAD_LETTERS, TOPICS


@dataclass(frozen=True)
class Letter:
    """A dead letter with its number: the offset on its own topic."""

    number: int
    letter: DeadLetter

    @property
    def summary(self) -> dict[str, Any]:
        """Everything but the bytes."""
        one = self.letter
        return {
            "number": self.number, "topic": one.topic, "partition": one.partition, "offset": one.offset, "step": one.step,
            "reason": one.reason, "died_at": datetime.fromtimestamp(one.died_at / 1000, UTC).isoformat(), "bytes": len(one.value),
        }  # fmt: skip


def read_letters(address: str) -> list[Letter]:
    """All dead letters that the broker still has, oldest first."""
    consumer = KafkaConsumer(bootstrap_servers=address, client_id="imagerisk-letters", enable_auto_commit=False, consumer_timeout_ms=10_000)
    try:
        partition = TopicPartition(DEAD_LETTERS.name, 0)
        consumer.assign([partition])
        end = consumer.end_offsets([partition])[partition]
        consumer.seek_to_beginning(partition)
        return list(_until(consumer, partition, end))
    finally:
        consumer.close()


def _until(consumer: Any, partition: TopicPartition, end: int) -> Iterator[Letter]:
    while consumer.position(partition) < end:
        records = consumer.poll(timeout_ms=2000).get(partition, [])
        for record in records:
            try:
                message = decode(record.value)
            except Undecodable:
                continue
            if isinstance(message, DeadLetter):
                yield Letter(record.offset, message)


def replay(address: str, letters: Sequence[Letter]) -> int:
    """Put messages back where they came from, with their key and headers; returns how many."""
    known = {topic.name for topic in TOPICS}
    producer = KafkaProducer(bootstrap_servers=address, acks="all")
    try:
        waiting = []
        for one in letters:
            if one.letter.topic in known:
                headers = [(name, value.encode()) for name, value in one.letter.headers.items()]
                waiting.append(producer.send(one.letter.topic, one.letter.value, one.letter.key or None, headers))
        for sent in waiting:
            sent.get(timeout=30)
        return len(waiting)
    finally:
        producer.close()
