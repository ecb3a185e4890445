"""The ways in which single tools take a secret on their command line, as expressions with the value in group `b`.

Sources: the manual pages of the tools. No expression has nested repetitions: each is at most quadratic in a bounded length."""

from __future__ import annotations

import re

_BEFORE = r"(?<![\w./-])"
_ARGUMENTS = r"\s(?:[^|;&\n]{0,400}?\s)?"
_OPEN = r"[\"']?"
_ECHO = r"(?:echo|printf)\s+(?:-\w+\s+)*[\"']?"
_LINE_END = r"(?:\\n[^\"'|\n]{0,400})?[\"']?\s*\|\s*"
_SUDO = r"(?:sudo\s+(?:-\w+\s+)*)?(?:/usr/s?bin/)?"
_WORD = r"(?P<b>[^\s\"']{1,512})"
_LOGIN_TOOLS = r"(?:docker|podman|buildah|skopeo|nerdctl|helm\s+registry|oras|crane(?:\s+auth)?|az|oc|cf|heroku|vault)\s+login"
_HEADER = r"[\w-]{0,40}(?i:token|api-?key|secret|access-?key|auth-?key|password)"
_SENSITIVE = r"[\w.-]{0,80}(?<!xisting)(?<!xisting-)(?i:password|passwd|passphrase|secret|token|api-?key)"
_GAP = r"(?:\s|\\n){1,8}"
_REPORTS = r"(?:[\w-]{1,63}\.){0,5}(?:ingest|sentry|glitchtip)\b"  # the key of an address for error reports is public by design

_FORMS: tuple[tuple[str, str], ...] = (
    ("Authorization", r"(?i:authorization)\s{0,3}[:=]\s{0,3}(?:(?i:bearer|basic|token|digest|negotiate)\s{1,3})?(?P<b>[\w+/=.~:-]{6,})"),
    ("header", rf"(?<=['\"\s]){_HEADER}\s{{0,3}}:\s{{0,3}}(?P<b>[^\s\"']{{6,4096}})"),
    ("cookie", r"(?i:cookie)\s{0,3}:\s{0,3}[\w.-]{1,60}(?i:session|token|auth)[\w.-]{0,40}=(?P<b>[^\s;\"']{8,4096})"),
    ("url", r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@\"']{0,128}:(?P<b>[^\s@/\"']{1,512})@[\w\[$-]"),
    ("url", rf"https?://(?P<b>(?:gh[pousr]_|glpat-|github_pat_)?[A-Za-z0-9_-]{{20,255}})@(?!{_REPORTS})[\w-]"),
    ("netrc", rf"\b(?:machine{_GAP}\S{{1,200}}?|default){_GAP}login{_GAP}\S{{1,200}}?{_GAP}password{_GAP}(?P<b>[^\s\"'\\]{{1,256}})"),
    ("chpasswd", rf"{_BEFORE}[\"']?[a-z_][\w.-]{{0,31}}:(?P<b>[^\s\"'|:\\]{{1,256}})(?={_LINE_END}{_SUDO}chpasswd\b)"),
    ("chpasswd", r"chpasswd\s*(?:-\w+\s+)*<<<\s*[\"']?[a-z_][\w.-]{0,31}:(?P<b>[^\s\"']{1,256})"),
    ("chpasswd", r"chpasswd\s*(?:-\w+\s+)*<<-?\s{0,2}[\"']?\w{1,40}[\"']?\s{0,4}\n\s{0,8}[a-z_][\w.-]{0,31}:(?P<b>[^\s\"']{1,256})"),
    ("vnc", rf"{_ECHO}(?P<b>[^\s\"'|\\$]{{1,64}}){_LINE_END}{_SUDO}(?:tiger|tight)?vncpasswd\b"),
    ("vnc", r"x11vnc\s+-storepasswd\s+[\"']?(?P<b>[^\s\"'$/-][^\s\"'$]{0,63})[\"']?\s"),
    ("passwd", rf"{_ECHO}(?P<b>[^\s\"'|\\]{{1,256}}){_LINE_END}{_SUDO}passwd\b"),
    ("sudo", rf"{_ECHO}(?P<b>[^\s\"'|\\]{{1,256}}){_LINE_END}sudo\s+-\w*S"),
    ("stdin", rf"{_ECHO}(?P<b>[^\s\"'|\\$]{{4,512}}){_LINE_END}[^|;&\n]{{0,200}}--password-stdin"),
    ("mysql", rf"{_BEFORE}(?:mysql|mariadb)\w*{_ARGUMENTS}-p(?P<b>[^\s\"'|;&-][^\s\"'|;&]{{0,255}})"),
    ("mysql", rf"{_BEFORE}(?:mysql|mariadb)\w*{_ARGUMENTS}-p[\"'](?P<b>[^\"'\n]{{1,255}})[\"']"),
    ("mysql", rf"{_BEFORE}(?:mysqladmin|mariadb-admin){_ARGUMENTS}password\s+{_OPEN}(?P<b>[^\s\"'|;&-][^\s\"'|;&]{{0,255}})"),
    ("sshpass", rf"{_BEFORE}sshpass\s+(?:-\w+\s+)*?-p[ \t]{{0,2}}{_OPEN}{_WORD}"),
    ("login", rf"{_BEFORE}{_LOGIN_TOOLS}{_ARGUMENTS}-p[ =]?{_OPEN}(?P<b>[^\s\"'-][^\s\"']{{0,1023}})"),
    ("curl", rf"{_BEFORE}(?:curl|https?|wget){_ARGUMENTS}(?:-u|--user|--proxy-user|-U)[ =]{{0,2}}{_OPEN}[^\s:\"']{{1,128}}:{_WORD}"),
    ("redis", rf"{_BEFORE}redis-cli{_ARGUMENTS}-a[ \t]{{1,3}}{_OPEN}{_WORD}"),
    ("mongo", rf"{_BEFORE}mongo\w*{_ARGUMENTS}-p[ \t]{{0,3}}{_OPEN}(?P<b>[^\s\"'-][^\s\"']{{0,254}})"),
    ("ldap", rf"{_BEFORE}ldap(?:search|add|modify|delete|passwd|whoami){_ARGUMENTS}-w[ \t]{{0,3}}{_OPEN}{_WORD}"),
    ("openssl", rf"(?<![\w-])-pass(?:in|out)?\s+{_OPEN}pass:{_WORD}"),
    ("openssl", r"openssl\s+passwd\s[^|;&\n)`]{0,200}?(?<=\s)(?P<b>[^\s\"'|;&)`$-][^\s\"'|;&)`]{3,255})\s{0,3}(?=$|[\"'|;&)`\n])"),
    ("openssl", rf"openssl\s+(?:enc|aes|des)[\w-]*{_ARGUMENTS}-k[ \t]{{1,3}}{_OPEN}{_WORD}"),
    ("debconf", r"[\w.-]{1,60}/[\w.-]{0,60}pass(?:word|wd)?[\w.-]{0,30}\s+password\s+(?P<b>[^\s\"'\\]{1,256})"),
    ("composer", rf"composer\s+(?:\S{{1,200}}\s+){{0,4}}?(?:github-oauth|gitlab-oauth|gitlab-token|bearer)\.\S{{1,200}}\s+{_OPEN}{_WORD}"),
    ("composer", rf"composer\s+(?:\S{{1,200}}\s+){{0,4}}?http-basic\.\S{{1,200}}\s+\S{{1,200}}\s+{_OPEN}{_WORD}"),
    ("passwd", r"passwd\s+(?:[\w-]{1,40}\s+){0,3}<<<\s*\$?[\"']?(?P<b>[^\s\"'\\]{1,256})"),
    ("keytool", rf"(?<![\w-])-(?:store|key|src-?store|dest-?store|srckey|destkey)pass\s+{_OPEN}(?P<b>[^\s\"':]{{1,255}})"),
    ("htpasswd", r"htpasswd\s+-\w{0,8}b\w{0,8}\s+(?:-\w+\s+)*(?:\S{1,400}\s+)?\S{1,200}\s+[\"']?(?P<b>[^\s\"'>|;&]{1,255})"),
    ("useradd", rf"(?:useradd|usermod|adduser){_ARGUMENTS}(?:-p|--password)[ =]{{1,3}}{_OPEN}(?P<b>[^\s\"'!*-][^\s\"']{{1,255}})"),
    ("net", r"(?i:net)\s+user\s+\S{1,200}\s+(?P<b>[^\s/\"']{4,127})\s+/(?i:add|active)"),
    ("sql", r"(?i:identified\s+(?:with\s+\w+\s+)?by)\s+\\?[\"'](?P<b>[^\"'\\]{1,255})\\?[\"']"),
    ("sql", r"(?i:(?:alter|create)\s+(?:user|role)\s+\S{1,200}\s+[\w\s]{0,60}?password)\s+\\?[\"'](?P<b>[^\"'\\]{1,255})\\?[\"']"),
    ("helm", rf"--set[\w-]{{0,10}}[ =]{_OPEN}(?:[\w.-]{{1,100}}=[^,\s]{{0,100}},){{0,20}}{_SENSITIVE}=(?P<b>[^\s\"',]{{1,256}})"),
    ("kubectl", rf"--from-literal[ =]{_OPEN}{_SENSITIVE}=(?P<b>[^\s\"']{{1,256}})"),
    ("java", rf"(?<![\w-])-D{_SENSITIVE}=(?P<b>[^\s\"']{{1,256}})"),
    (
        "oracle",
        rf"{_BEFORE}(?:sqlplus|expdp|impdp|rman|sqlldr){_ARGUMENTS}{_OPEN}[\w$#]{{1,64}}/(?P<b>[^\s\"'@/]{{1,128}})(?=@|\s|[\"']|$)",
    ),
    ("sqlcmd", rf"{_BEFORE}(?:sqlcmd|bcp|osql|isql|tsql){_ARGUMENTS}-P[ \t]{{0,3}}{_OPEN}(?P<b>[^\s\"'-][^\s\"']{{0,127}})"),
    ("influx", rf"{_BEFORE}influx{_ARGUMENTS}--?password[ =]{_OPEN}{_WORD}"),
    ("gpg", rf"{_BEFORE}gpg2?{_ARGUMENTS}--passphrase[ =]{_OPEN}{_WORD}"),
    ("signtool", rf"(?i:signtool(?:\.exe)?)\s+sign{_ARGUMENTS}/(?i:p)\s+{_OPEN}{_WORD}"),
    ("etcd", rf"{_BEFORE}etcdctl{_ARGUMENTS}--user[ =]{_OPEN}[^\s:\"']{{1,64}}:{_WORD}"),
    ("requirepass", r"--requirepass[ =\"',]{1,6}(?P<b>[^\s\"',\]]{1,256})"),
    ("npm", r"_auth(?:Token)?[ =]\s{0,3}[\"']?(?P<b>[^\s\"']{8,1024})"),
    ("aws", r"aws\s+configure\s+set\s+(?:\S{1,200}\.)?aws_secret_access_key\s+[\"']?(?P<b>[^\s\"']{8,256})"),
)

FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, re.compile(expression)) for name, expression in _FORMS)
"""(name of the tool or place, expression)."""
