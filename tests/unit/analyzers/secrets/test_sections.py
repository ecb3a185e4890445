"""Values under the name of a service in structured files, and what else the files around a value say of it."""

from __future__ import annotations

import base64

import pytest

from analyzers.collectors.secrets import Secrets
from analyzers.collectors.sections import names_around
from analyzers.contract import Entry, FileView, PassContext
from console.demo.drawn import Drawn
from schemas.facts import Secret
from schemas.vocabulary import Level

COLLECTOR = Secrets(PassContext(b"a key for tests"))


def secrets(path: str, template: str) -> list[Secret]:
    data = Drawn(1).fill(template)
    facts = COLLECTOR.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data))
    return [fact for fact in facts if isinstance(fact, Secret)]


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("a.yaml", "a:\n  b:\n    key: X", ("a", "b")),
        ("a.yml", "a:\n  - name: n\n    key: X", ("a",)),
        ("a.yml", "a:\n  key: 1\nb:\n  key: X", ("b",)),
        ("a.yml", "a:\n# b:\n  key: X", ("a",)),
        ("a.json", '{"a": {"z": {}, "b": {"key": "X', ("a", "b")),
        ("a.json", '[{"a": 1}, {"key": "X', ()),
        ("a.tf", 'provider "linode" {\n  key = "X', ("provider_linode",)),
        ("a.js", "const a = {\n  key: 'X", ("const_a",)),
        ("a.toml", "[a]\nx = 1\n[[b.c]]\nkey = 'X", ("b.c",)),
        ("a.ini", "[a]\nkey = X", ("a",)),
        (".aclirc", "[a]\nkey = X", ("a",)),
        ("a.txt", "[a]\nkey = X", ()),
        ("a.yaml", "key: X", ()),
        ("a.yaml", "a:\n" * 9000 + "  key: X", ("a",)),
        ("a.json", "{" * 9000 + '"key": "X', ()),
    ],
)
def test_names_around(path: str, text: str, names: tuple[str, ...]) -> None:
    assert names_around(text.encode(), len(text) - 1, path) == names


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("srv/a.yaml", "datadog:\n  site: eu\n  api_key: {hex:32}\n", "datadog_api_key"),
        ("srv/a.json", '{"twilio": {"sid": "x", "auth_token": "{hex:32}"}}', "twilio_auth_token"),
        ("srv/a.tf", 'provider "vultr" {\n  api_key     = "{upper:36}"\n}\n', "vultr_api_key"),
        ("srv/a.toml", '[kraken]\nprivate_key = "{base64:64}"\n', "kraken_key"),
        ("srv/a.ini", "[sumologic]\naccess_key = {base62:64}\n", "sumologic_key"),
        ("srv/application.yml", "spring:\n  datasource:\n    password: {base62:18}\n", "common_database_cfg"),
        ("srv/a.yaml", "database:\n  host: db\n  password: hunter2!\n", "common_database_cfg"),
        ("srv/a.yaml", "shop:\n  api_key: {hex:32}\n", "generic_secret"),
        ("srv/a.yaml", "datadog:\n  site: eu\nother:\n  api_key: {hex:32}\n", "generic_secret"),
        ("srv/a.yaml", "datadog:\n  api_key: {base62:50}\n", "generic_secret"),
    ],
)
def test_a_value_below_the_name_of_a_service(path: str, text: str, rule: str) -> None:
    assert [fact.rule for fact in secrets(path, text)] == [rule]


@pytest.mark.parametrize(
    "text", ["datadog:\n  api_key: ${DD_API_KEY}\n", "database:\n  password: <%= ENV['P'] %>\n", "twilio:\n  token: changeme\n"]
)
def test_references_below_the_name_of_a_service(text: str) -> None:
    assert secrets("srv/a.yaml", text) == []


def test_the_name_of_a_pair_is_no_secret_of_its_own() -> None:
    assert secrets("srv/s3.ini", "[store]\naccess_key = {upper:20}\n") == []
    assert [fact.rule for fact in secrets("srv/s3.ini", "[store]\naccess_key = {base62:40}\n")] == ["generic_secret"]


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("aws_access_key_id = AKIA{base32:16}\naws_secret_access_key = {secret:40}\n", {"key_id": "AKIA****"}),
        ("aws_secret_access_key = {secret:40}\n", {"pair": "no"}),
        ("aws_access_key_id = AKIA{base32:16}\n", {"pair": "no"}),
    ],
)
def test_a_secret_says_whether_its_pair_is_whole(text: str, details: dict[str, str]) -> None:
    (fact,) = secrets("srv/aws.ini", text)
    assert {name: fact.details[name] for name in ("key_id", "pair") if name in fact.details} == details


@pytest.mark.parametrize(("cipher", "level"), [(b"none", Level.HIGH), (b"3des-cbc", Level.MEDIUM)])
def test_the_label_of_an_ssh2_key_says_nothing_of_its_pass_phrase(cipher: bytes, level: Level) -> None:
    class Locked(Drawn):
        def ssh2(self, _: bytes) -> bytes:
            return super().ssh2(cipher)

    data = Locked(1).fill("{pem:ssh2}")
    (fact,) = COLLECTOR.collect(FileView(Entry("srv/key", "file", 0o600, 0, 0, len(data)), data))
    assert isinstance(fact, Secret) and (fact.rule, fact.level) == ("ssh_private_key", level)


def test_a_manifest_of_a_secret_is_told_as_such_whatever_its_name() -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  password: {base64:24}\n"
    assert [fact.rule for fact in secrets("srv/config/database.yml", text)] == ["kubernetes_secret"]


def test_an_encoded_placeholder_is_no_secret() -> None:
    manifest = "kind: Secret\ndata:\n  password: {}\n"
    assert secrets("srv/a.yaml", manifest.replace("{}", base64.b64encode(b"changeme").decode())) == []
    live = base64.b64encode(b"q7Zt-" + b"w3XvB9mK").decode()
    assert [fact.rule for fact in secrets("srv/a.yaml", manifest.replace("{}", live))] == ["kubernetes_secret"]


def test_the_login_that_everybody_has_is_no_secret() -> None:
    assert secrets("srv/a.conf", "mirror=ftp://anonymous:anonymous@ftp.example.org/pub\n") == []


def test_a_sealed_secret_is_none() -> None:
    sealed = "kind: SealedSecret\nspec:\n  encryptedData:\n    password: {base64:300}\n"
    assert secrets("srv/a.yaml", sealed) == []
    assert [fact.rule for fact in secrets("srv/a.yaml", sealed.replace("encryptedData", "parameters"))] == ["generic_secret"]


@pytest.mark.parametrize("suffix", ["", ".j2", ".erb", ".bak", ".orig", "~"])
def test_templates_and_copies_are_read_as_their_file(suffix: str) -> None:
    text = "[client]\npassword={base62:14}\nport={{ port }}\n"
    assert [fact.rule for fact in secrets(f"etc/mysql/my.cnf{suffix}", text)] == ["common_database_cfg"]


def test_the_example_of_a_web_token_is_no_secret() -> None:
    head, signature = "eyJhbGciOiJIUzI1NiJ9", "{base62:43}"
    claims = {name: base64.urlsafe_b64encode(text).decode().rstrip("=") for name, text in (
        ("example", b'{"sub":"1234567890","name":"John Doe","iat":1516239022}'), ("live", b'{"sub":"1234567890","name":"Ada"}'),
    )}  # fmt: skip
    found = {name: [fact.rule for fact in secrets("srv/a.conf", f"{head}.{part}.{signature}\n")] for name, part in claims.items()}
    assert found == {"example": [], "live": ["jwt"]}


@pytest.mark.parametrize("joint", ["\\n' +\n '", '\\n" + "', "` +\n\t`\\n"])
def test_a_key_that_is_a_sum_of_strings(joint: str) -> None:
    pem = Drawn(1).fill("{pem:rsa}").decode().strip()
    facts = secrets("srv/a.js", "const k = '" + pem.replace("\n", joint) + "'\n")
    assert [fact.rule for fact in facts] == ["rsa_private_key"]


@pytest.mark.parametrize(
    ("path", "text", "rules"),
    [
        ("srv/a.env", "JDCLOUD_AK=JDC_{upper:28}\nJDCLOUD_SK={upper:32}\n", ["jdcloud_secret"]),
        ("srv/a.env", "ALICLOUD_ACCESS_KEY=LTAI5t{base62:18}\nALICLOUD_SECRET_KEY={base62:30}\n", ["alibabacloud_ak"]),
        ("srv/a.yml", "minio:\n  access-key: {base62:32}\n  secret-key: {base62:40}\n", ["generic_secret"]),
        ("srv/A.java", 'import com.huaweicloud.Auth;\nA a = new A().withAk("{upper:20}").withSk("{base62:40}");\n', ["huaweicloud_ak"]),
        ("srv/a.go", 'import "github.com/qiniu/go-sdk/v7/auth"\nvar mac = auth.New("{base62:40}", "{base62:40}")\n', ["qiniu_secret"]),
        ("srv/a.log", "AccountSid=AC{hex:32}&MessageSid=SM{hex:32}&etag={hex:32}\n", []),
        ("srv/a.js", "mapboxgl.accessToken = 'pk.eyJ1{base62:60}.{base62:22}';\n", []),
    ],
)
def test_of_a_pair_the_secret_half_is_told(path: str, text: str, rules: list[str]) -> None:
    assert [fact.rule for fact in secrets(path, text)] == rules


@pytest.mark.parametrize(
    "path", ["srv/api/test-fixtures/key.pem", "srv/testutil/pki/key.pem", "srv/e2e/key.pem", "srv/functional_tests_key.pem", "srv/test.pem"]
)
def test_a_key_for_tests_is_told_one_level_lower(path: str) -> None:
    (fact,) = secrets(path, "{pem:rsa}")
    assert (fact.level, fact.details["lowered"]) == (Level.MEDIUM, "test, example or documentation")


@pytest.mark.parametrize("path", ["srv/latest.pem", "srv/contest/key.pem", "srv/integration/key.pem", "srv/attest_key.pem"])
def test_a_word_that_ends_like_test_lowers_nothing(path: str) -> None:
    assert [fact.level for fact in secrets(path, "{pem:rsa}")] == [Level.HIGH]


@pytest.mark.parametrize("word", ["access_key", "secret-access-key", "db_password", "top_secret", "client_secret"])
def test_what_a_value_is_called_is_no_value(word: str) -> None:
    assert secrets("srv/a.conf", f"queue = amqp://user:{word}@mq.internal/\n") == []
    drawn = f"queue = amqp://{word}:{{base62:12}}@mq.internal/\n"
    assert [fact.rule for fact in secrets("srv/a.conf", drawn)] == ["url_credential"]


@pytest.mark.parametrize(
    ("token", "rule"),
    [
        ("sk_live_{base62:24}", "stripe_skpk"), ("sk_live_51{base62:97}", "stripe_skpk"), ("rk_live_{base62:24}", "stripe_skpk"),
        ("sk_test_{base62:42}", "clerk_secret_key"), ("sk_live_a2V5XzAx{base62:64}", "workos_api_key"),
    ],
)  # fmt: skip
def test_services_whose_keys_begin_alike_are_told_apart(token: str, rule: str) -> None:
    assert [fact.rule for fact in secrets("srv/a.env.js", f"const key = '{token}';\n")] == [rule]


def test_what_a_manifest_encodes_is_read_as_the_file_that_it_is() -> None:
    held = base64.b64encode(Drawn(3).fill('{"registry.internal": {"auth": "{login}"}}')).decode()
    manifest = "kind: Secret\ntype: kubernetes.io/dockercfg\ndata:\n  .dockercfg: {}\n"
    (fact,) = secrets("srv/a.yaml", manifest.replace("{}", held))
    assert (fact.rule, fact.line, fact.details["encoding"]) == ("docker_registry_cfg", 4, "base64")
    public = base64.b64encode(b"---\nusers: []\n").decode()
    assert secrets("srv/a.yaml", manifest.replace("{}", public)) == []


@pytest.mark.parametrize("joint", ["\\n\\\n", "\\n\\\r\n", " \\\n"])
def test_a_key_over_continued_lines_is_found(joint: str) -> None:
    key = Drawn(4).fill("{pem:pkcs8}").decode().strip().replace("\n", joint)
    assert [fact.rule for fact in secrets("srv/a.properties", f"signing.key={key}\nother=1\n")] == ["pkcs_private_key"]
