// JavaScript that hides what it does, together with what it hides.

rule javascript_hides_its_purpose
{
    meta:
        version = 2
        type = "MalScript"
        score = 76
        source = "heuristic"
        description = "Obfuscated JavaScript that runs commands, or takes keys, wallets or payment data"
        reference = "https://attack.mitre.org/techniques/T1027/"
        code = true
        confirm = "javascript"
    strings:
        $names = /_0x[0-9a-f]{4,6}[(\[,=;)]/
        $escaped = /\\x65\\x76\\x61\\x6c|\\x63\\x68\\x69\\x6c\\x64|\\u0065\\u0076\\u0061\\u006c/ nocase
        $spelled = /["'](\\x[2-7][0-9a-f]){3}/
        $alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/="
        $turned = /\[["']push["']\]\(\w{1,12}\[["']shift["']\]\(\)\)/
        $codes = /(e[v]al|Funct[i]on)\s?\(\s?String\s?(\.|\[["'])fromCharC[o]de/
        $brackets = /\[\]\+\[\]\)\[/
    condition:
        #names > 20 or #escaped > 0 or #spelled > 10 or $alphabet or $turned or $codes or #brackets > 40
}
