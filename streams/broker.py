"""Topics on the broker: create what is missing, name what differs. Uses kafka-python's admin client."""

from __future__ import annotations

from dataclasses import dataclass, field

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic

from streams.topics import TOPICS, Topic


@dataclass
class TopicReport:
    """What `ensure_topics` did and saw. `differences` are sentences: they are not repaired, an operator decides."""

    created: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


def ensure_topics(address: str, topics: tuple[Topic, ...] = TOPICS, replication: int = 1) -> TopicReport:
    """Create the topics that the broker does not have and compare the others with the table.

    Raises kafka.errors.KafkaError when the broker does not answer."""
    admin = KafkaAdminClient(bootstrap_servers=address, client_id="imagerisk-topics", request_timeout_ms=20_000)
    try:
        report = TopicReport()
        present = set(admin.list_topics())
        missing = [topic for topic in topics if topic.name not in present]
        if missing:  # one existing topic would fail the whole call: only the difference is created
            admin.create_topics([NewTopic(t.name, t.partitions, replication, topic_configs=t.configs) for t in missing])
            report.created = [topic.name for topic in missing]
        report.differences = _differences(admin, [topic for topic in topics if topic.name in present])
        return report
    finally:
        admin.close()


def _differences(admin: KafkaAdminClient, topics: list[Topic]) -> list[str]:
    if not topics:
        return []
    found = []
    described = {one["name"]: one for one in admin.describe_topics([topic.name for topic in topics])}
    for topic in topics:
        partitions = len(described[topic.name]["partitions"])
        if partitions != topic.partitions:
            found.append(f"topic {topic.name} has {partitions} partitions, the table says {topic.partitions}")
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    configs = _configs(admin, resources)
    for topic in topics:
        for name, wanted in topic.configs.items():
            actual = configs.get(topic.name, {}).get(name)
            if actual is not None and actual != wanted:
                found.append(f"topic {topic.name}: {name} is {actual}, the table says {wanted}")
    return found


def _configs(admin: KafkaAdminClient, resources: list[ConfigResource]) -> dict[str, dict[str, str]]:
    """Topic -> setting -> value, defaults included."""
    answer = admin.describe_configs(resources, config_filter="all")
    return {
        topic: {name: str(entry["value"]) for name, entry in values.items()}
        for by_name in answer.values()
        for topic, values in by_name.items()
    }
