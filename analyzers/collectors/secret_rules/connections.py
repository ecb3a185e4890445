"""Rules of the class `password` for connections to databases, wherever they stand: what a string or a call says beside its password makes a
plain word one.

Sources: Microsoft, "Connection string syntax" (ADO.NET, ODBC); the manuals of the JDBC drivers; PostgreSQL, "Connection strings" of libpq;
go-sql-driver/mysql, README, DSN; PEP 249, constructors; Pika, "Connection parameters".
"""

from __future__ import annotations

from analyzers.collectors.patterns.rule import FILE, Example, Rule
from analyzers.collectors.secret_rules.build import MEDIUM, in_file

_PASSWORD = "password"  # noqa: S105 (the name of a class)
_OF_DATABASE = r"(?:server|data source|host|addr|address|user id|uid|username|user|database|initial catalog|port|driver|dsn|dbq|endpoint)"
_CONNECTIONS = (
    rf"(?i:\b{_OF_DATABASE} ?=[^;\"'\n<>]{{1,128}};(?:[^\"'\n<>]{{0,200}};)? ?(?:password|pwd) ?= ?)([^;\"'\s<>&]{{4,128}})",
    r"(?i:jdbc:[a-z0-9:]{2,40}[^\s\"'<>]{0,300}[?&;](?:amp;)?password=)([^&;\"'\s<>]{4,128})",
    r"(?i:jdbc:oracle:(?:thin|oci):[\w.$#-]{1,64}/)([^@\s\"'/]{4,128})@",
    r"[\w.-]{1,64}:([^@\s\"'/:%]{4,128})@(?:tcp|unix)\(",
    r"(?i:\b(?:host|dbname|user|port)=[^\s\"',()]{1,100}\s(?:\w{1,30}=[^\s\"',()]{1,100}\s){0,5}password=)([^\s\"'\\;,()]{4,128})",
    r"(?i:\b\w{0,30}(?:connect(?:ion)?|pool|client|credentials|provider|auth)\(\s{0,8})(?:[^()\0]|\([^()\0]*\)){0,300}\b(?:password|passwd)\s?=\s?[\"']([^\s\"'{}]{4,128})[\"']",
    r"\b[\w$#]{2,64}/([^@\s\"'/]{4,128})@//[\w.-]{1,200}[:/]",
    r"PlainCredentials\(\s{0,8}[\"'][^\"'\n]{1,128}[\"']\s{0,4},\s{0,8}[\"']([^\s\"'{}]{4,128})[\"']",
)
_MARKS = (
    r"(?i); ?(?:password|pwd) ?=", r"(?i)jdbc:[a-z]", r"(?i)jdbc:oracle:", r"@(?:tcp|unix)\(", r"(?i)\spassword=",
    r"[(,\s]passw(?:or)?d\s?=\s?[\"'][^\s\"'{}]",
    r"[^@\s\"'/]@//[\w.-]",
    r"PlainCredentials\(",
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    in_file(
        "common_database_cfg",
        _PASSWORD,
        "a configuration with the password of a database",
        (),
        (
            Example("srv/web.config", '<add connectionString="Server=db;Database=a;User Id=sa;Password={base62:18};"/>\n'),
            Example("srv/appsettings.json", '{"ConnectionStrings": {"Main": "Host=db;Uid=app;Pwd={base62:18}"}}\n'),
            Example("srv/a.xml", "<url>jdbc:mysql://db/app?user=app&amp;password={base62:18}</url>\n"),
            Example("srv/a.txt", "url=jdbc:sqlserver://db;databaseName=a;user=sa;password={base62:18}\n"),
            Example("srv/a.txt", "url=jdbc:oracle:thin:scott/{base62:18}@//db:1521/orcl\n"),
            Example("srv/a.go", 'db, err := sql.Open("mysql", "app:{base62:18}@tcp(db:3306)/app")\n'),
            Example("srv/a.py", 'connect("host=db user=app password={base62:18} dbname=app")\n'),
            Example("srv/a.config", '<add connectionString="Server=db;Database=a;User Id=a;Password={letters:10};" />\n'),
            Example("srv/a.py", 'conn = odbc.connect("DRIVER={ODBC Driver 18};SERVER=db;UID=a;PWD={letters:10}")\n'),
            Example("srv/jdbc.properties", "url=jdbc:postgresql://db/a?user=a&password={letters:10}\n"),
            Example("srv/a.py", 'conn = psycopg.connect(host="db", user="a", password="{letters:10}")\n'),
            Example("srv/tns.properties", "connection=scott/{letters:10}@//db:1521/a\n"),
            Example("srv/a.py", 'credentials = pika.PlainCredentials("a", "{letters:10}")\n'),
        ),
        (
            Example("srv/appsettings.json", '{"Main": "Server=db;User Id=sa;Password=#{DbPassword}#;"}\n'),
            Example("srv/appsettings.json", '{"Main": "Server=(localdb)\\\\mssqllocaldb;Database=a;Trusted_Connection=True;"}\n'),
            Example("srv/a.xml", "<url>jdbc:mysql://db/app?user=${U}&amp;password=${PW}</url>\n"),
            Example("srv/a.go", 'dsn := fmt.Sprintf("%s:%s@tcp(%s)/app", user, password, host)\n'),
            Example("srv/a.py", 'connect("host=db user=app password=%s dbname=app" % password)\n'),
            Example("srv/b.py", "def connect(self, host, port=5432, user=None, password=None, timeout=a1):\n    pass\n"),
            Example(
                "srv/a.cs", 'var s = $"Server={h};User Id={u};Password={password};"; var t = "Server=db;Uid=a;Pwd=" + dbPassword + ";";\n'
            ),
            Example("srv/a.py", "re.sub('host=db user=a password=(.+)', 'host=db user=a password=*****', text)\n"),
            Example("srv/a.sh", "psql \"host=db user=a password=DB_PASSWORD\"; x='Server=db;User Id=a;Password=:password;'\n"),
            Example("srv/a.py", 'connect(host="db", user=user, password="sqlPassword")\nPlainCredentials("guest", "guest")\n'),
            Example("srv/a.java", "this.user = user1;\npassword = user1.secret1;\n"),
            Example("srv/a.md", "Use jdbc:oracle:thin:user/password@host:1521/orcl and Server=h;Uid=user;Pwd=your_password;\n"),
        ),
        patterns=_CONNECTIONS,
        scans=_MARKS,
        level=MEDIUM,
        rank=FILE + 2,
        checks=("url_password", "spelt"),
    ),
)
