"""What the tools in a script get on their command lines: told where it is a password, left alone where it stands for one."""

from __future__ import annotations

import pytest

from analyzers.collectors.secrets import Secrets
from analyzers.contract import Entry, FileView, PassContext
from console.demo.drawn import Drawn
from schemas.facts import Secret

COLLECTOR = Secrets(PassContext(b"a key for tests"))
WORD = "moor-and-oak-71"
DRAWN = Drawn(5).fill("{letters:10}").decode()


def found_in(path: str, text: str) -> list[tuple[str, int]]:
    data = text.replace("§", WORD).replace("¤", DRAWN).encode()
    facts = COLLECTOR.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data))
    return [(fact.rule, fact.line) for fact in facts if isinstance(fact, Secret)]


@pytest.mark.parametrize(
    "line",
    [
        "helm upgrade db ./db --set image.tag=1,auth.password=§",
        "kubectl create secret generic db --from-literal=password=§",
        "sqlplus -s system/§@//db:1521/a @run.sql",
        "sqlcmd -S db -U sa -P '§' -i run.sql",
        "influx -username admin -password '§' -execute 'show databases'",
        "gpg --batch --passphrase '§' -d a.gpg",
        "mvn deploy -Dgpg.passphrase=§",
        "etcdctl --user root:§ get /",
        "mysqldump -h db -u a -p¤ shop",
        "docker login -u ci -p ¤ registry.internal",
        "curl -fsS \\\n  --user ci:¤ https://api.internal/",
        "chpasswd <<EOF\nroot:§\nEOF",
        "redis-server --requirepass §",
    ],
)
def test_told(line: str) -> None:
    ((_, place),) = found_in("srv/run.sh", f"#!/bin/sh\nset -e\n{line}\n")
    assert place == 3 + line[: max(line.find("§"), line.find("¤"))].count("\n")


def test_told_in_what_builders_read() -> None:
    assert found_in("srv/compose.yaml", "services:\n  cache:\n    command: redis-server --requirepass §\n") == [("command_credential", 3)]
    assert found_in("srv/start", "#!/bin/bash\nmysql -u root -p¤ shop\n") == [("command_credential", 2)]


@pytest.mark.parametrize(
    "line",
    [
        "# mysql -u root -p¤ shop",
        'echo "usage: curl -u ci:¤ https://api.internal/"',
        'mysql -u root -p"$PW" shop',
        "mysql -u root -p",
        "mongosh --port 27017 -p\nmongodump --port 27018",
        "mkdir -p ¤",
        "helm upgrade db ./db --set auth.existingSecret=shop-db --set auth.password=$PW",
        "kubectl create secret generic db --from-literal=password=changeme",
        "sqlplus / as sysdba",
        "gpg --passphrase-file /run/secrets/gpg -d a.gpg",
        "curl -u user:password https://api.internal/",
        "sqlcmd -S db -U sa -P yourpassword",
    ],
)
def test_left_alone(line: str) -> None:
    assert found_in("srv/run.sh", f"#!/bin/sh\n{line}\n") == []
