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
        $joined = /(["'][\w:\/. -]{0,12}["']\s?,\s?){2,40}["'][\w:\/. -]{0,12}["']\s?\]\s?\.jo[i]n\(\s?(''|"")\s?\)/
        $masked = /fromCharC[o]de\s?\(\s?\w{1,12}(\[\w{1,12}\])?\s?\^\s?\w/
        $run = /\b(e[v]al|Funct[i]on)\s?\)?\s?\(|child_pr[o]cess/
        $brackets = /\[\]\+\[\]\)\[/
    condition:
        #names > 20 or #escaped > 0 or #spelled > 10 or $alphabet or $turned or $codes or #joined > 1 or ($masked and $run) or #brackets > 40
}

rule invisible_code
{
    meta:
        type = "MalScript"
        score = 80
        source = "heuristic"
        description = "Runs code that is written in characters nobody sees"
        reference = "https://attack.mitre.org/techniques/T1027/"
    strings:
        $selectors = /(\xf3\xa0[\x84-\x87][\x80-\xbf]){16}|(\xef\xb8[\x80-\x8f]){16}|(\xf3\xa0[\x80-\x81][\xa0-\xbf]){24}|((\xef\xbe\xa0|\xe3\x85\xa4)){16}/
        $run = /\b(e[v]al|Funct[i]on|ex[e]c)\b/
    condition:
        $selectors and $run
}

rule javascript_runs_encoded_text
{
    meta:
        type = "MalScript"
        score = 76
        source = "heuristic"
        unowned = true
        description = "Runs JavaScript that stands in it encoded, and that starts commands or fetches code"
        reference = "https://attack.mitre.org/techniques/T1027/013/"
        code = true
        confirm = "encoded"
    strings:
        $decode = /\b(at[o]b\s?\(|Buff[e]r\.from\s?\()/
        $run = /\b(e[v]al|Funct[i]on)\s?[(),;]|\b_comp[i]le\s?\(|\brunIn\w{2,12}Cont[e]xt\s?\(/
    condition:
        $decode and $run
}

rule wallet_address_swapped
{
    meta:
        type = "Stealer"
        score = 78
        source = "heuristic"
        description = "Puts its own address in place of the receiver of a payment"
        reference = "https://attack.mitre.org/techniques/T1565/002/"
        code = true
    strings:
        $hook = /\beth[e]reum\.(requ[e]st|send|sendAsync)\s?=[^=]|\bclipboard\.wr[i]teText\s?=[^=]/
        $receiver = /\.to\s?=\s?["']0x[a-fA-F0-9]{40}["']/
        $page = /\b(window\.f[e]tch|XMLHttpReq[u]est\.prototype\.\w{4,8})\s?=[^=]/
        $pattern = /\.r[e]place\s?\(\s?\/[^\n]{0,40}(0x\[a-fA-F0-9\]|bc1\[)/
    condition:
        ($hook and $receiver) or ($page and $pattern)
}
