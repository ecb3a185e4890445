"""Rules of the class `account` for clients and tools of people that keep a password in a form of their own. Sources: their manual pages."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import Rule
from analyzers.collectors.secret_rules.build import written

RULES: tuple[Rule, ...] = (
    written(  # Gradle, "Signing Plugin"; Android, "Sign your app": credentials in the user's own properties
        (r"(?:^|/)(?:gradle|key|keystore|signing)\.properties$",),
        r"(?m)^[ \t]{0,8}[\w.-]{0,60}(?i:password)[ \t]{0,8}[=:][ \t]{0,8}([^\s#]{4,256})",
        "root/.gradle/gradle.properties",
        "signing.keyId={HEX:8}\nsigning.password={letters:10}\n",
        "nexusUsername=ci\nnexusPassword={letters:12}\n",
        clean="org.gradle.jvmargs=-Xmx2g\nnexusPassword=\nsigning.password=${SIGNING_PASSWORD}\n",
        checks=("spelt",),
    ),
    written(  # fetchmail(1), poll ... password; offlineimap, remotepass and localpass
        (r"(?:^|/)\.?fetchmailrc$", r"(?:^|/)\.?offlineimaprc$", r"(?:^|/)offlineimap/config$"),
        r"(?m)(?:\bpass(?:word)?[ \t]{1,8}|^[ \t]{0,8}(?:remote|local)pass[ \t]{0,4}=[ \t]{0,4})[\"']?([^\s\"']{4,256})",
        "root/.fetchmailrc",
        'poll mail.internal proto imap user "a" password "{letters:10}"\n',
        "[Repository a]\nremoteuser = a\nremotepass = {letters:10}\n",
        clean="poll mail.internal proto imap user a\n",
        checks=("spelt",),
    ),
    written(  # libpurple, accounts.xml; irssi, network's sasl_password; WeeChat, sec.conf and irc.conf
        (r"(?:^|/)\.purple/accounts\.xml$", r"(?:^|/)\.irssi/config$", r"(?:^|/)\.?weechat/(?:irc|sec)\.conf$"),
        r"(?:<password>|\b(?:sasl_password|autosendcmd_password|password)[\"']?[ \t]{0,4}=[ \t]{0,4}[\"']?)([^<\"'\s]{4,256})",
        "root/.purple/accounts.xml",
        "<account><name>a@b</name><password>{letters:10}</password></account>\n",
        'chatnets = { a = { sasl_password = "{letters:10}"; }; };\n',
        clean="<account><name>a@b</name></account>\n",
        checks=("spelt",),
    ),
    written(  # bundle-config(1), credentials for gem sources
        (r"(?:^|/)\.bundle/config$",),
        r"(?m)^BUNDLE_[A-Z0-9_]{1,200}__[A-Z0-9_]{1,200}:[ \t]{1,4}\"?[^\s\":/]{1,64}:([^\s\":/]{4,256})\"?[ \t\r]{0,4}$",
        "root/.bundle/config",
        'BUNDLE_GEMS__INTERNAL: "ci:{letters:10}"\n',
        "BUNDLE_GEMS__INTERNAL: ci:{base62:14}\n",
        clean='BUNDLE_PATH: "vendor:bundle"\nBUNDLE_MIRROR__ALL: "https://gems.internal"\n',
        checks=("spelt",),
    ),
    written(  # Hex, "mix hex.user auth" up to version 2.1
        (r"(?:^|/)\.hex/hex\.config$",),
        r"\{(?:api_key|api_key_write_unencrypted|auth_key),\s{0,8}<<\"([0-9A-Fa-f]{32,64})\">>\}",
        "root/.hex/hex.config",
        '{{api_key,<<"{hex:32}">>}.\n',
        "{'$write_key',[{{api_key,<<\"{hex:64}\">>}]}.\n",
        clean='{api_url,<<"https://hex.pm/api">>}.\n',
    ),
)
