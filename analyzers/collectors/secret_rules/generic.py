"""Rules of the class `generic`: values that nothing names but their variable, tokens of unknown issuers, dumps."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import GENERIC, TOKEN, Example, Pattern, Rule
from analyzers.collectors.secret_rules.build import LOW, MEDIUM, advice_for, in_file, token

_GENERIC = "generic"
_WORD = (
    r"(?i:passw(?:or)?d|passphrase|secret|token|credentials?|_pw(?:d\b|\b)|_pass|\bpass\b|(?-i:[a-z]P(?:ass|wd)\b)"
    r"|(?:api|access|auth|private|account|(?:en|de)cryption|validation|signing|master|app(?:lication)?|consumer|integration|ingest(?:ion)?|shared"
    r"|storage|session|service|hmac|jwt|deploy|webhook|admin|subscription|cookie|write)[_.-]?key)"
)
_REST = r"[0-9A-Za-z_.\-]{0,32}"
_NAME = rf"({_WORD}{_REST})"
_SIGN = r"\\{0,2}[\"'\]]{0,2}[ \t]*(?:=>|:=|=|:|,|:\s?[&A-Za-z][\w&'.<>\[\] ]{0,24}=)\s{0,4}\\{0,2}"
_PLAIN_SIGN = r"[\"'\]]{0,2}[ \t]*(?:=|:)[ \t]{0,8}"
_LISTED = r"[\"']?,?\s{1,40}[\"']?(?i:value)"
_SAID = r"(?:SetEnv|setenv|fastcgi_param)[ \t]{1,8}"
_DEFINED = r"#define[ \t]{1,8}"
_OPEN = r"[\"']?(?:\s[^<>]{0,100})?>\s{0,40}"
_BESIDE = r"\s{0,4}</[\w:.-]{1,40}>\s{0,40}<(?:[\w:.-]{0,24}(?i:value)|string)>\s{0,40}"

ASSIGNMENT = {
    "quoted": Pattern(
        _NAME + _SIGN + r"[bru]?[\"'`]([^\"'`\s]{8}[^\"'`\s]*?)\\{0,2}[\"'`]", _WORD + _REST + _SIGN + r"[bru]?[\"'`][^\"'`\s]{8}"
    ),
    "plain": Pattern(
        _NAME + _PLAIN_SIGN + r"([^\s\"'`;,#][^\s\"'`;,]{5}[^\s\"'`;,]*)[\"']?[ \t\r]{0,8}(?:\n|$|#|\\|[,}])",
        _WORD + _REST + _PLAIN_SIGN + r"[^\s\"'`;,#][^\s\"'`;,]{5}",
    ),
    "listed": Pattern(_NAME + _LISTED + r"[\"']?\s{0,2}[:=]\s{0,4}[\"']?([^\s\"',}<>]{6}[^\s\"',}<>]*)", _WORD + _REST + _LISTED),
    "said": Pattern(
        _SAID + r"[0-9A-Za-z_]{0,64}?" + _NAME + r"[ \t]{1,20}[\"']?([^\s\"';]{6}[^\s\"';]*)[\"';]?[ \t\r;]{0,8}(?:\n|$)",
        _SAID + "[0-9A-Za-z_]",
    ),
    "defined": Pattern(  # without quotes it is the name of something else
        _DEFINED + r"[0-9A-Za-z_]{0,64}?" + _NAME + r"[ \t]{1,40}(?:u8|[LuU])?\"([^\s\"]{6}[^\s\"]*)\"", _DEFINED + "[0-9A-Za-z_]"
    ),
    "variable": Pattern(
        r"variable\s{1,4}\"[\w-]{0,64}?" + _NAME + r"\"\s{0,4}\{[^{}]{0,400}?\bdefault\s{0,12}=\s{0,4}\"([^\"\s$]{6}[^\"\s]*)",
        r"variable\s{1,4}\"",
    ),
    "parameter": Pattern(
        _NAME
        + r"[\"']?\s{0,4}:\s{0,4}\{?\s{0,40}(?:[\"']?[A-Za-z]+[\"']?: {1,4}[^\s{}][^\n{}]*\n\s*){0,6}?[\"']?Default[\"']?:\s{0,4}[\"']?"
        r"([^\s\"',{}]{6}[^\s\"',{}]*)",
        "NoEcho",
    ),
    "valued": Pattern(
        _NAME + r"[\"']\s{0,4}:\s{0,4}\{[^{}]{0,200}?[\"'](?:value|defaultValue)[\"']\s{0,4}:\s{0,4}[\"']([^\s\"']{6}[^\s\"']*)",
        r"[\"'](?:value|defaultValue)[\"']\s{0,4}:\s{0,4}[\"'][^\s\"']{6}",
    ),
    "unit": Pattern(_NAME + r"=[\"']?([^\s\"']{6}[^\s\"']*)", r"\bEnvironment="),
    "beside": Pattern(_NAME + _BESIDE + r"([^<>\s]{6}[^<>\s]*)\s{0,40}</", _WORD + _REST + _BESIDE + r"[^<>\s]{6}"),
    "element": Pattern(_NAME + _OPEN + r"([^<>\s]{8}[^<>\s]*)\s{0,40}</", _WORD + _REST + _OPEN + r"[^<>\s]{8}"),
}
"""Name and value: quoted anywhere, plain on a line of its own or in a list with commas, after a word like `SetEnv`, a macro of C, the
default of a variable of Terraform and of a parameter of CloudFormation, the `value` of an object of that name, `name: NAME` and then
`value: ...`, one of several on a line of a unit of systemd, in an element of XML and the next one, in an element of that name.
Two groups: the end of the name, the value.

The beginning of the name, the length of the value and the beginning of the line are looked at afterwards: counted repetitions make an
automaton large and slow."""

RULES: tuple[Rule, ...] = (
    Rule(
        key="generic_secret",
        version=6,
        group=_GENERIC,
        level=MEDIUM,
        rank=GENERIC,
        code=False,
        title="Secret in a file",
        description="A value that looks random stands under a name that promises a secret.",
        advice=advice_for(_GENERIC),
        hits=(
            Example("srv/app/service.yaml", "service:\n  api_secret: {base62:40}\n"),
            Example("srv/app/a.py", 'API_TOKEN = "{base62:32}"\n'),
            Example("srv/a.xml", "<a><secretKey>{hex:40}</secretKey></a>\n"),
            Example("srv/a.config", '<add key="ApiToken" value="{base62:32}" />\n'),
            Example("srv/deploy.yaml", 'env:\n- name: API_TOKEN\n  value: "{base62:32}"\n'),
            Example("srv/task.json", '{"environment": [{"name": "API_TOKEN", "value": "{base62:32}"}]}\n'),
            Example("srv/a.yaml", "auth: {user: app, token: {base62:32}}\n"),
            Example("srv/compose.yaml", 'environment:\n  - "API_TOKEN={base62:32}"\n'),
            Example("srv/mounts", "//nas/a /a cifs username=a,password={base62:16},uid=0 0 0\n"),
            Example("srv/a.properties", "robotPassword={base62:6}#{base62:8}\n"),
            Example("srv/a.js", 'const body = "{\\"apiToken\\": \\"{base62:32}\\"}";\n'),
            Example("srv/a.py", 'api_key: str = "{base62:32}"\n'),
            Example("srv/a.rs", 'const API_KEY: &\'static str = "{base62:32}";\n'),
            Example("srv/vars.tf", 'variable "api_token" {\n  type    = string\n  default = "{base62:32}"\n}\n'),
            Example("srv/site.conf", "<VirtualHost *:80>\n  SetEnv API_TOKEN {base62:32}\n</VirtualHost>\n"),
            Example("srv/www.conf", "[www]\nenv[API_TOKEN] = {base62:32}\n"),
            Example("etc/systemd/system/a.service", '[Service]\nEnvironment="DB_HOST=db" "API_TOKEN={base62:32}" B=c\n'),
            Example("srv/a-site.xml", "<property>\n <name>a.client.secret</name>\n <value>{base62:32}</value>\n</property>\n"),
            Example("srv/a.plist", "<key>ApiToken</key>\n<string>{base62:32}</string>\n"),
            Example("srv/a.xml", '<entry key="api.token">{base62:32}</entry>\n'),
            Example("srv/stack.yaml", "Parameters:\n  ApiToken:\n    Type: String\n    NoEcho: true\n    Default: {base62:32}\n"),
            Example("srv/parameters.json", '{"parameters": {"apiToken": {"value": "{base62:32}"}}}\n'),
            Example("srv/run.bat", "@echo off\nset API_TOKEN={base62:32}\n"),
            Example("srv/wifi.h", '#define WIFI_PASSWORD "{base62:16}"\n'),
            Example("srv/mail.js", "auth: { user: 'a', pass: '{base62:16}' }\n"),
        ),
        clean=(
            Example("srv/app/service.yaml", "service:\n  api_secret: changeme\n"),
            Example("srv/app/a.py", "token = self.next_token()\npassword_file = '/run/secrets/db'\n"),
            Example("srv/deploy.yaml", "env:\n- name: API_TOKEN\n  value: $(TOKEN)\n- name: OTHER\n  value: {base62:32}\n"),
            Example("srv/vars.tf", 'variable "api_token" {\n  type      = string\n  sensitive = true\n}\n'),
            Example("srv/a.py", "def f(token: str = 'bearer', password: Optional[str] = None) -> None: ...\n"),
            Example("srv/a.h", "#define TOKEN_COUNT 12345678\n"),
            Example("srv/b.h", "#define a_set_private_key lib_a256_drawn_9d8f7a6b5c4\n#define OBJ_regToken OBJ_id_regCtrl77,1L\n"),
            Example("srv/a.go", 'm := map[string]string{"encryptionKey": "encryptionKey1024x"}\n'),
            Example(
                "srv/a_test.go", 'm := map[string]string{\n\t"A-TLS12-B": "PASS",\n\t"Client-TLS12-NoSign-RSA_PKCS1_MD5_SHA1": "PASS",\n}\n'
            ),
            Example("srv/Versions.pm", "'Test::Event::Pass' => '1.302164',\n'Test::Event::Token' => 'v1.302.164.2019',\n"),
            Example("srv/form.html", '<input type="hidden" name="token" value="{base62:32}">\n'),
            Example("etc/systemd/system/a.service", "[Service]\nEnvironment=A=b TOKEN_FILE=/run/token1\nExecStart=/a --token=%i1234567\n"),
            Example("srv/stack.yaml", "Parameters:\n  ApiToken:\n    Type: String\n    NoEcho: true\n  Size:\n    Default: {base62:32}\n"),
            Example("srv/schema.json", '{"properties": {"password": {"type": "string"}, "other": {"value": "{base62:32}"}}}\n'),
            Example("srv/a.xml", "<key>password_field_name</key>\n<string>user_password1</string>\n"),
            Example("srv/a.txt", "the password: a1b2c3d4e5, then the name\n"),
            Example("a.js", "const tokenName = 'csrf_token_name';\n"),
            Example("srv/LocalStrings_ja.properties", "err.name_is_token=\\u30af\\u30c3\\u30ad\\u30fc\\u540d1\\u306f\\u4e88\\u7d04\n"),
        ),
    ),
    token(
        "jwt",
        _GENERIC,
        "JSON web token",
        r"eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{16,}",
        "{jwt}",
        "{base64:jwt}",
        level=MEDIUM,
        checks=("jwt",),
        rank=TOKEN,
        entropy=3.5,
    ),
    in_file(
        "database_dump",
        _GENERIC,
        "a dump of a database",
        (r"(?i:\.(?:sql|dump|pgdump|bak))$",),
        (
            Example("srv/a.sql", "-- MySQL dump 10.13\nINSERT INTO `users` VALUES (1,'a','{base62:40}');\n"),
            Example("srv/b.dump", "{pgdump}"),
        ),
        (Example("srv/a.sql", "CREATE TABLE users (id int);\n"), Example("srv/b.dump", "text\n")),
        level=LOW,
        rank=GENERIC,
        description="The image holds a dump of a database with accounts or personal data in it, perhaps.",
    ),
)
