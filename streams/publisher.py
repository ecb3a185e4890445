"""Publishing from processes that read no topic: the gateway, the scheduler, the command line."""

from __future__ import annotations

from types import TracebackType

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.messages import Message
from schemas.wire import encode
from streams.headers import event_headers, new_trace
from streams.topics import MESSAGE_LIMIT_BYTES, Topic


class BrokerDown(Exception):
    """The broker did not take a message in time."""


class Publisher:
    """A producer that returns when the broker has the message (acks=all)."""

    def __init__(self, address: str, source: str, timeout_s: float = 10.0) -> None:
        self.source = source
        self._producer = AIOKafkaProducer(
            bootstrap_servers=address,
            acks="all",
            enable_idempotence=False,
            request_timeout_ms=int(timeout_s * 1000),
            max_request_size=2 * MESSAGE_LIMIT_BYTES,
            client_id=f"imagerisk-{source}",
        )

    async def __aenter__(self) -> Publisher:
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise BrokerDown(f"the broker does not answer: {error}") from error
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._producer.stop()

    async def send(self, topic: Topic, key: str, message: Message, trace: str = "") -> str:
        """Publish one message; returns its trace id. Raises BrokerDown, ValueError for one that is too large."""
        value = encode(message)
        if len(value) > MESSAGE_LIMIT_BYTES:
            raise ValueError(f"{type(message).__name__}: {len(value)} bytes, the limit is {MESSAGE_LIMIT_BYTES}")
        trace = trace or new_trace()
        headers = list(event_headers(self.source, message, value, trace).items())
        try:
            await self._producer.send_and_wait(topic.name, value, key=key.encode(), headers=headers)
        except KafkaError as error:
            raise BrokerDown(f"the broker did not take the message: {error}") from error
        return trace
