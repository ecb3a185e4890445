// Ransom notes, and names that stand only in attack tools written as text.

rule ransom_note
{
    meta:
        version = 5
        type = "RansomWare"
        score = 82
        family = "Ransom note"
        description = "Tells that files were encrypted and how to pay"
        reference = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $what = /(all )?(of )?your (important |personal |company )?(files|data|documents|servers?|network|photos|databases?|web ?site)[^\n]{0,80}(have been|has been|are|were|was|is)( also| now)?( stolen and| locked and)? (encr[y]pted|backed up|locked|dropped|downloaded)/ nocase
        $dropped = /\b(indices|indexes|databases?|tables|collections|buckets)[^\n]{0,40}(have been|has been|were|was) (dr[o]pped|del[e]ted|downl[o]aded|backed up)/ nocase
        $pay = /(send|pay|transfer|buy|payment|purchase)[^\n]{0,80}(b[i]tcoins?|btc|m[o]nero|xmr|crypto)/ nocase
        $reach = /(tor br[o]wser|torproject|\.onion|protonmail|tutanota|onionmail|tox id|bitmessage|contact us)/ nocase
        $key = /(decrypti[o]n (key|tool|software|program)|decrypt[o]r|private key|(restore|recover|decr[y]pt) (all )?(your|them|the files|it))/ nocase
        $site = /\b([a-z2-7]{16}|[a-z2-7]{56})\.oni[o]n\b/
        $mail = /@(prot[o]n(mail)?|tutan[o]ta|tut[a]mail|onionm[a]il|airm[a]il|keem[a]il|gm[a]il|aol|outl[o]ok|yand[e]x|mailf[e]nce|cock|rambl[e]r|mail2tor)\./
        $case = /\b(personal|decrypti[o]n|victim) id\b|\bt[o]x id\b|\bwe (will|can) (give|send|sell) you\b/ nocase
        $locks = /(\bF[e]rnet\s?\(|\bAES\.n[e]w\s?\(|openssl\s+en[c]\s)/
        $wallet = /(b[i]tcoin|\bbtc|wallet|address|payment)[\s\S]{0,80}\b([13][a-km-zA-HJ-NP-Z1-9]{25,34}|bc1[02-9ac-hj-np-z]{25,60})\b/ nocase
    condition:
        filesize < 64KB and ($what or $dropped) and ((2 of ($pay, $reach, $key, $wallet) and any of ($site, $mail, $case, $wallet)) or ($pay and $locks) or ($what and $site))
}

rule hacktool_script
{
    meta:
        version = 2
        type = "Hacktool"
        score = 74
        family = "LinPEAS, LinEnum, linux-exploit-suggester, deepce, mimipenguin, Empire, Responder, Impacket examples, sqlmap"
        description = "A script that searches for ways to more rights, or attacks other hosts"
        reference = "https://attack.mitre.org/"
    strings:
        $a1 = /PEASS-[n]g[\s\S]{0,4000}(linp[e]as|winp[e]as)|linp[e]as(-ng)? by carlospolop|Linux Privilege Escalation Awesome Scr[i]pt/ nocase
        $a2 = /Local Linux Enumeration & Privilege Escalation Scr[i]pt|L[i]nEnum v?\d/
        $a3 = /linux-expl[o]it-suggester(-2)?(\.sh|\.pl)?[^\n]{0,120}(mzet|jondonas|PenTurd)|Linux Expl[o]it Suggester/ nocase
        $a4 = /Docker Enumeration, Escalation of Privileges and Container Esc[a]pes|\bDEEPC[E]\b/
        $a5 = /mimip[e]nguin\s?(\d|by|v)/ nocase
        $a6 = /Invoke-(Mim[i]katz|PowerSh[e]llTcp|Kerbero[a]st|Bloodho[u]nd|ReflectivePE|Shellc[o]de)\b/ nocase
        $a7 = /EmpireProject\/Emp[i]re|powershell-empire/ nocase
        $a8 = /sqlm[a]p(\.py)? developers|sqlm[a]p\.org/
        $a9 = /(Laurent Gaff[i]e|Respond[e]r)[\s\S]{0,400}(LLMNR|NBT-NS) Poison/
        $a10 = /msfv[e]nom\s+-p\s+\S{5,60}(reverse|bind|exec)/
        $a11 = /use exploit\/multi\/handl[e]r/
    condition:
        any of ($a1, $a2, $a3, $a4, $a5, $a6, $a9) or #a7 > 1 or #a8 > 2 or $a10 or $a11
}

rule npm_install_hook
{
    meta:
        version = 4
        type = "Downloader"
        score = 78
        source = "heuristic"
        description = "An npm package that fetches and runs code when it is installed"
        reference = "https://attack.mitre.org/techniques/T1195/001/"
    strings:
        $hook = /"(pre|post)?inst[a]ll"\s{0,3}:\s{0,3}"([^"\\\n]|\\.){0,200}((cur[l]|wge[t])\s([^"\\\n]|\\.){1,200}(\|\s{0,3}(ba)?s[h]|chm[o]d\s+(\+x|[0-7]*7)|(\$\(|`)\s{0,2}(whoami|hostname|id|env|printenv)\b)|node\s+-e\s([^"\\\n]|\\.){0,200}(child_process|e[v]al|Buffer\.from)|node\s+(\.\/)?(setup_b[u]n|bun_env[i]ronment)\.js|powersh[e]ll[^"\n]{0,120}(-enc|-e\s|i[e]x|Downl[o]ad))/ nocase
    condition:
        $hook
}

rule backdoored_php_build
{
    meta:
        type = "Malbaseware"
        score = 92
        family = "PHP 8.1-dev"
        description = "PHP source with the backdoor of March 2021"
        reference = "https://news-web.php.net/php.internals/113838"
    strings:
        $a = /REM[O]VETHIS: sold to zer[o]dium/
        $b = /HTTP_USER_AGENT[T]/
    condition:
        $a and $b
}

rule tunnel_of_a_script
{
    meta:
        version = 3
        type = "Proxytool"
        score = 72
        source = "heuristic"
        unowned = true
        description = "Opens a way from outside into the network"
        reference = "https://attack.mitre.org/techniques/T1572/"
        code = true
        shell = true
    strings:
        $chisel = /\bchis[e]l\s+client\s[^\n]{1,200}\sR:[\w:.]{2,40}/
        $renamed = /[\s"']clien[t]["',]{0,2}\s[^\n]{0,160}((https?|wss?):\/\/|\d\.\d{1,3}:)[^\s"',]{1,120}["',]{0,2}\s{1,3}["']?R:(socks\b|(\[?[\w.:-]{1,40}\]?:)?\d{1,5}(:[\w.-]{1,60}:\d{1,5})?(\/(tcp|udp))?["'\s,\]]|\d)/
        $ngrok = /\bngr[o]k\s+tcp\s+[^\n]{0,60}\d/
        $gost = /\bgos[t]\s[^\n]{0,20}-L[=\s]["']?\S{0,60}["']?\s[^\n]{0,40}-F[=\s]["']?[\w+]{2,16}:\/\/[^\n\s]{0,40}(\d{1,3}\.){3}\d/
        $ssh = /\bss[h]\s[^\n]{0,80}-\w*[NTf]\w*[^\n]{0,40}\s-\w*R\s{0,2}[\w:*.]{2,40}:(22|127\.0\.0\.1:22|localhost:22)\s[^\n]{0,60}@(\d{1,3}\.){3}\d/
        $ligolo = /-connec[t]\s+\S{4,80}:\d{2,5}\s[^\n]{0,20}-ignore-cer[t]\b/
        $frp_server = /\b(server_addr|serverAddr)\s{0,3}=\s{0,3}["']?[^\s"'\n]{4,80}/
        $frp_not = /\b(server_addr|serverAddr)\s{0,3}=\s{0,3}["']?(127\.|0\.0\.0\.0|localhost|\[?::|x\.x|[\w.]{0,20}example)/
        $frp_local = /(al_port|alPort)\s{0,3}=\s{0,3}\d|\bplugin\s{0,3}=\s{0,3}["']?(socks5|http_proxy)/
        $frp_remote = /(te_port|tePort)\s{0,3}=\s{0,3}\d/
    condition:
        any of ($chisel, $renamed, $ngrok, $gost, $ligolo, $ssh) or ($frp_server and $frp_local and $frp_remote and not $frp_not)
}
