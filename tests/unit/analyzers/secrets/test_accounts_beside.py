"""A plain word is a password where it stands beside the name of its account or among the settings of a database, and nowhere else."""

from __future__ import annotations

import pytest

from analyzers.collectors.secrets import Secrets
from analyzers.contract import Entry, FileView, PassContext
from console.demo.drawn import Drawn
from schemas.facts import Secret

COLLECTOR = Secrets(PassContext(b"a key for tests"))
WORD = Drawn(11).fill("{letters:10}").decode()


def rules_in(path: str, text: str) -> list[str]:
    data = text.replace("§", WORD).encode()
    facts = COLLECTOR.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data))
    return [fact.rule for fact in facts if isinstance(fact, Secret)]


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("srv/orm.json", '{"type": "postgres", "host": "db", "username": "shop", "password": "§"}', "service_password"),
        (
            "etc/prometheus.yml",
            "scrape_configs:\n- job_name: a\n  basic_auth:\n    username: prom\n    password: §\n",
            "service_password",
        ),
        ("etc/alertmanager.yml", "global:\n  smtp_auth_username: relay\n  smtp_auth_password: §\n", "service_password"),
        ("etc/jaas.conf", 'KafkaClient {\n  username="shop"\n  password="§";\n};\n', "service_password"),
        ("conf/standalone.xml", "<security><user-name>shop</user-name><password>§</password></security>", "service_password"),
        ("conf/tomcat-users.xml", '<user username="ops" password="§" roles="manager-gui"/>', "service_password"),
        ("etc/yum.repos.d/a.repo", "[a]\nbaseurl=https://a/\nusername=ci\npassword=§\n", "service_password"),
        ("etc/rhsm.conf", "proxy_user = ci\nproxy_password = §\n", "service_password"),
        ("srv/application.yml", "datasources:\n  default:\n    password: §\n", "common_database_cfg"),
        ("srv/prod.tfvars", 'mysql_admin_password = "§"\n', "common_database_cfg"),
        ("etc/zabbix.conf", "DBUser=zabbix\nDBPassword=§\n", "common_database_cfg"),
        ("hiera/common.yaml", "mysql::server::root_password: §\n", "common_database_cfg"),
        ("srv/app.ts", "forRoot({ type: 'postgres', host: 'db', username: 'shop', password: '§' })", "service_password"),
        ("conf/beans.xml", '<property name="username" value="shop"/><property name="password" value="§"/>', "service_password"),
        ("srv/backup.sh", "export RSYNC_PASSWORD=oak-and-moor-71\n", "service_password"),
        ("etc/default/minio", "MINIO_ROOT_USER=admin\nMINIO_ROOT_PASSWORD=§\n", "service_password"),
        ("root/.snowsql/config", "[connections]\nusername = shop\npassword = §\n", "service_password"),
        ("etc/profile.d/a.sh", "export ORACLE_PASSWORD=§\n", "common_database_cfg"),
    ],
)
def test_told(path: str, text: str, rule: str) -> None:
    assert rules_in(path, text) == [rule]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("srv/a.json", '{"password": "§", "colour": "§"}'),  # nothing beside
        ("srv/a.json", '{"user": {"username": "shop", "host": "db"}, "form": {"password": "§"}}'),  # another block
        ("srv/a.ini", "[a]\nuser = shop\n\n[b]\npassword = §\n"),
        ("srv/a.yml", "user:\n  username: shop\n  password: §\n"),  # no server, no service
        ("srv/fr.json", '{"host": "Hote", "username": "Utilisateur", "password": "§"}'),
        ("srv/i18n/a.yml", "host: Vard\nuser: Anvandare\npassword: §\n"),
        ("srv/a.json", '{"host": "Rechner", "username": "Benutzer", "password": "Kennwort"}'),
        ("srv/a.json", '{"host": "textfield", "username": "textfield", "password": "passwordfield"}'),
        ("srv/a.json", '{"host": "string", "username": "string", "password": "§"}'),  # the account is none
        ("srv/a.conf", "user = uid\npassword = userPassword\n"),
        ("srv/a.yaml", "host: db\nuser: shop\npassword: DB_PASSWORD\n"),
        ("srv/a.yaml", "host: db\nuser: shop\npassword: shop-db-credentials\n"),
        ("srv/a.conf", "# user = admin\n# password = §\nuser = nobody\n"),
        ("srv/a.py", 'login = {"username": "shop", "password": "§"}\n'),  # code says too much that is nothing
        ("srv/a.py", 'Url("http", "user:password", "§.example.org", host="db", user="shop")\n'),
        ("srv/a.json", '{"host": "hostField", "user": "userField", "password": "thatFieldName"}'),
        ("srv/a.sh", "# PASSWORD=§7\nPASSWORD=$1\nPASSWORD=test123\n"),
    ],
)
def test_left_alone(path: str, text: str) -> None:
    assert rules_in(path, text) == []
