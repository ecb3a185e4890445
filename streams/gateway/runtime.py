"""Reports of runtime agents: containers that started or stopped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.gateway.events import BadNotification


class Container(BaseModel):
    """A container as its runtime knows it. `image_digest` may be of a manifest, an index or a configuration (an image id)."""

    model_config = ConfigDict(extra="ignore")
    id: str = Field(min_length=1, max_length=256)
    name: str = Field("", max_length=512)
    image: str = Field("", max_length=1024, description="image reference as the runtime wrote it")
    image_digest: str = Field("", max_length=256, description="sha256:... of the manifest, the index or the configuration")
    namespace: str = Field("", max_length=512)
    pod: str = Field("", max_length=512)
    cluster: str = Field("", max_length=512)
    labels: dict[str, str] = Field(default_factory=dict)


class RuntimeEvent(BaseModel):
    """One start or stop. The same `id` twice counts once."""

    model_config = ConfigDict(extra="ignore")
    id: str = Field(min_length=1, max_length=256)
    time: datetime
    host: str = Field("", max_length=512)
    action: Literal["start", "stop"]
    container: Container

    @property
    def happened_at(self) -> int:
        """Milliseconds since 1970 UTC."""
        moment = self.time if self.time.tzinfo else self.time.replace(tzinfo=UTC)
        return max(1, int(moment.timestamp() * 1000))


def parse(body: bytes) -> RuntimeEvent:
    """The event in a body. Raises BadNotification."""
    try:
        return RuntimeEvent.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadNotification(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from error
