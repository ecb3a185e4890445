"""Rules of the class `password`: connections, databases and their tools, password files."""

from __future__ import annotations

import re

from analyzers.collectors.patterns.rule import FILE, URL, Example, Rule
from analyzers.collectors.secret_rules.build import LOW, MEDIUM, in_file, token

_PASSWORD = "password"  # noqa: S105 (the name of a class)
_OF_ITSELF = re.compile(r"(?i)passw|passphrase|secret|credential")


def _speaks_of_one(value: str, data: bytes, start: int, end: int, path: str) -> bool:
    """Whether several words are what stands there until somebody fills a password in."""
    return bool(_OF_ITSELF.search(value))


RULES: tuple[Rule, ...] = (
    token(
        "url_credential",
        _PASSWORD,
        "URL with a password",
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@\"'`<>\[\]{}()$]{0,128}:([^\s@/\"'`<>{}]{3,256})@[0-9A-Za-z\[_][0-9A-Za-z._:\]-]{1,253}",
        "postgres://app:{base62:18}@db.internal:5432/app",
        "amqps://u:{base62:9}-{base62:9}@mq.internal/v",
        before=r"(?:^|[^0-9A-Za-z])",
        after="",
        inner=True,
        entropy=2.0,
        rank=URL,
        checks=("url_password",),
        clean=(
            "postgres://app:${DB_PASSWORD}@db.internal/app\n",
            "https://user:password@example.com/\n",
            '  #   uri.to_s  #=> "http://sam:V3ry_S3nsit1ve@my.example.com"\n',
            "pip install --index-url https://user:p%2Fss@packages.example.com/simple\n",
            "urls = 'http://a.internal:1234,b:c@d.internal/x'\n",
            "http://a.example.org:8080/x@1\n",
        ),
    ),
    in_file(
        "postgresql_passwd",
        _PASSWORD,
        "a password file of PostgreSQL",
        (r"(?:^|/)\.?pgpass(?:\.conf)?$",),
        (
            Example("root/.pgpass", "db.internal:5432:app:app:{base62:16}\n"),
            Example("home/a/.pgpass", "*:*:*:postgres:{base62:10}-{base62:5}\n"),
        ),
        (Example("root/.pgpass", "# host:port:db:user:password\n"), Example("root/.pgpass", "db:5432:app:app:${PW}\n")),
        patterns=(r"(?:^|\n)(?:[^:\n#\\]|\\.){1,200}:[^:\n]{1,10}:[^:\n]{1,100}:[^:\n]{1,100}:([^\n\r]{1,200})",),
    ),
    in_file(
        "env_file",
        _PASSWORD,
        "an environment file",
        (r"(?:^|/)\.?env(?:\.[\w.-]+)?$", r"\.env$", r"(?:^|/)\.envrc$", r"(?:^|/)\.flaskenv$"),
        (Example("srv/app/.env", "DB_PASSWORD={base62:18}\n"), Example("srv/app/prod.env", 'export API_TOKEN="{base62:32}"\n')),
        (
            Example("srv/app/.env", "DB_PASSWORD=\nDB_PASSWORD_FILE=/run/secrets/db\n"),
            Example("srv/app/.env", "DB_PASSWORD=changeme\nTOKEN_TTL=3600\n"),
        ),
        level=MEDIUM,
        rank=FILE,
    ),
    in_file(  # a quoted value may have blanks in it
        "env_file",
        _PASSWORD,
        "an environment file",
        (r"(?:^|/)\.env(?:\.[\w.-]+)?$", r"\.env$", r"(?:^|/)\.envrc$"),
        (
            Example("srv/app/.env", 'DB_PASSWORD="{letters:4} {base62:8}"\n'),
            Example("srv/app/prod.env", "export DB_PASS='{letters:6} {letters:6}'\n"),
        ),
        (
            Example("srv/app/.env", 'DB_PASSWORD="change me"\nAPP_PASSWORD_HINT="eight letters or more"\n'),
            Example("srv/app/.env", 'DB_PASSWORD="the password of the database"\nDB_PASSWORD=""\n'),
        ),
        patterns=(
            r"(?m)^[ \t]{0,8}(?:export[ \t]{1,4})?[\w.-]{0,60}(?i:password|passwd|passphrase|_pass|_pwd)[ \t]{0,4}=[ \t]{0,4}"
            r"[\"']([^\"'\n$]{0,60}\s[^\"'\n$]{0,60})[\"'][ \t\r]{0,4}(?:\n|$|#)",
        ),
        level=MEDIUM,
        rank=FILE,
        allows=_speaks_of_one,
    ),
    in_file(
        "common_database_cfg",
        _PASSWORD,
        "a configuration with the password of a database",
        (),
        (
            Example("root/.my.cnf", "[client]\nuser=root\npassword={base62:16}\n"),
            Example("srv/application.properties", "spring.datasource.password={base62:16}\n"),
        ),
        (
            Example("root/.my.cnf", "[client]\nuser=root\n"),
            Example("srv/application.properties", "spring.datasource.password=${DB_PASSWORD}\n"),
        ),
        level=MEDIUM,
        rank=FILE,
        version=2,
    ),
    in_file(  # redis.conf: names and values stand side by side
        "common_database_cfg",
        _PASSWORD,
        "a configuration with the password of a database",
        (r"(?:^|/)(?:redis|valkey|keydb|sentinel)[^/]*\.conf$", r"(?:^|/)(?:redis|valkey)[^/]*/[^/]+\.(?:conf|acl)$"),
        (
            Example("etc/redis/redis.conf", "port 6379\nrequirepass {base62:20}\n"),
            Example("opt/redis/users.acl", "user default on >{base62:20} ~* +@all\n"),
        ),
        (
            Example("etc/redis/redis.conf", "# requirepass foobared\nrequirepass ${REDIS_PASSWORD}\n"),
            Example("opt/redis/users.acl", "user default on nopass ~* +@all\nuser app on #{hex:64} ~* +@all\n"),
        ),
        patterns=(
            r"(?m)^[ \t]{0,8}(?:requirepass|masterauth|sentinel[ \t]{1,4}auth-pass[ \t]{1,4}[^\s]{1,100})[ \t]{1,16}\"?([^\s\"]{4,512})",
            r"(?m)^[ \t]{0,8}user[ \t]{1,4}[^\n]{0,400}[ \t]>([^\s]{4,512})",
        ),
        level=MEDIUM,
        rank=FILE,
    ),
    in_file(  # accounts that SQL makes
        "common_database_cfg",
        _PASSWORD,
        "a configuration with the password of a database",
        (r"(?i:\.(?:sql|sh|bash|ya?ml|psql|ddl))$",),
        (
            Example("docker-entrypoint-initdb.d/a.sql", "CREATE USER 'app'@'%' IDENTIFIED BY '{base62:18}';\n"),
            Example("srv/init.sql", "ALTER ROLE app WITH LOGIN ENCRYPTED PASSWORD '{base62:18}';\n"),
        ),
        (
            Example("srv/a.sql", "CREATE USER 'app'@'%' IDENTIFIED BY '${APP_PASSWORD}';\nCREATE ROLE b PASSWORD 'changeme';\n"),
            Example(
                "srv/a.sql",
                "CREATE USER b IDENTIFIED BY PASSWORD '*{hex:40}';\nCREATE TABLE user (password varchar(20) DEFAULT 'x1y2z3');\n",
            ),
        ),
        patterns=(
            r"(?i:identified\s+(?:with\s+[\"'`]?\w+[\"'`]?\s+)?by\s+)'([^'*$\n][^'\n]{3,127})'",
            r"(?i:(?:create|alter)\s+(?:user|role)\s[^;'\n]{1,200}\spassword\s+)'([^'$\n][^'\n]{3,127})'",
        ),
        common=True,
        level=MEDIUM,
        rank=FILE,
        checks=("url_password", "mixed"),
    ),
    in_file(
        "robomongo_cred",
        _PASSWORD,
        "the connections of Robomongo",
        (r"(?:^|/)robo(?:mongo|3t)\.json$",),
        (
            Example("root/.3T/robo-3t/robo3t.json", '{"credentials": [{"userPassword": "{base62:16}"}]}'),
            Example("root/robomongo.json", '{"userPasswordEncrypted": "{base64:24}"}'),
        ),
        (Example("root/robomongo.json", '{"userPassword": ""}'), Example("root/robomongo.json", "{}")),
        patterns=(r"\"(?:userPassword\w{0,10}|sshUserPassword\w{0,10})\"\s{0,3}:\s{0,3}\"([^\"]{3,500})\"",),
        level=MEDIUM,
    ),
    in_file(
        "dbeaver_database_cfg",
        _PASSWORD,
        "the connections of DBeaver",
        (r"(?:^|/)\.dbeaver[^/]*/.*(?:credentials-config\.json|data-sources\.(?:json|xml))$", r"(?:^|/)\.dbeaver-data-sources\.xml$"),
        (
            Example("root/.dbeaver/credentials-config.json", "{bin:64}"),
            Example("root/.dbeaver-data-sources.xml", '<connection password="{base64:24}"/>\n'),
        ),
        (Example("root/.dbeaver/credentials-config.json", ""), Example("root/.dbeaver-data-sources.xml", '<connection user="a"/>\n')),
        patterns=(r"password=\"([^\"]{3,500})\"",),
        level=MEDIUM,
    ),
    in_file(
        "apache_htpasswd",
        _PASSWORD,
        "a password file of a web server",
        (r"(?:^|/)\.?htpasswd[\w.-]*$", r"\.htpasswd$", r"(?:^|/)htpasswd\.users$"),
        (
            Example("etc/nginx/.htpasswd", "admin:$apr1${base62:8}${base62:22}\n"),
            Example("etc/apache2/htpasswd", "a:{SHA}{base64:20}\nb:$2y$05${base62:53}\n"),
        ),
        (Example("etc/nginx/.htpasswd", "# no users yet\n"), Example("etc/nginx/.htpasswd", "admin:\n")),
        patterns=(
            r"(?:^|\n)[^\s:#]{1,255}:(\$(?:apr1|1|2[abxy]|5|6|y)\$[^\s:]{8,200}|\{S?SHA(?:256|512)?\}[0-9A-Za-z+/=]{20,200}|[./0-9A-Za-z]{13}|\{PLAIN\}[^\s]{3,100})",
        ),
        level=MEDIUM,
    ),
    in_file(
        "sqlite",
        _PASSWORD,
        "an SQLite database",
        (r"\.(?:sqlite3?|db3?|s3db|sl3)$",),
        (Example("srv/app.sqlite", "{sqlite}"), Example("srv/app.db", "{sqlite}")),
        (Example("srv/app.sqlite", "text\n"), Example("srv/app.db", "")),
        level=LOW,
        rank=FILE,
        description="The image holds a database of an application. Its tables may hold accounts or personal data.",
    ),
    in_file(
        "microsoft_mdf",
        _PASSWORD,
        "a database of Microsoft SQL Server",
        (r"(?i:\.mdf)$",),
        (Example("srv/a.mdf", "{mdf}"), Example("srv/A.MDF", "{mdf}")),
        (Example("srv/a.mdf", "text\n"), Example("srv/a.mdf", "")),
        level=LOW,
        rank=FILE,
        description="The image holds a database of an application. Its tables may hold accounts or personal data.",
    ),
    in_file(
        "microsoft_sdf",
        _PASSWORD,
        "a database of Microsoft SQL Server Compact",
        (r"(?i:\.sdf)$",),
        (Example("srv/a.sdf", "{sdf}"), Example("srv/A.SDF", "{sdf}")),
        (Example("srv/a.sdf", "text\n"), Example("srv/a.sdf", "")),
        level=LOW,
        rank=FILE,
        description="The image holds a database of an application. Its tables may hold accounts or personal data.",
    ),
    in_file(
        "keepass_database",
        _PASSWORD,
        "a KeePass password database",
        (r"(?i:\.kdbx?)$",),
        (Example("root/a.kdbx", "{kdbx}"), Example("srv/b.kdb", "{kdbx}")),
        (Example("root/a.kdbx", "text\n"), Example("root/a.kdbx", "")),
        level=MEDIUM,
        rank=FILE,
    ),
)
