// Scripts that fetch code and run it.

rule script_fetches_and_runs
{
    meta:
        version = 2
        type = "Downloader"
        score = 64
        source = "heuristic"
        unowned = true
        description = "Fetches code from the network and hands it to an interpreter without looking at it"
        reference = "https://attack.mitre.org/techniques/T1105/"
        code = true
        shell = true
    strings:
        $pipe = /(^|[\n;&|({`"'\s])(cur[l]|wge[t])\s[^\n|#]{1,300}\|\s{0,3}(sudo\s+(-\S+\s+){0,3}|nohup\s+|exec\s+)?(\/(usr\/)?bin\/)?((ba|da|z|k|a)?s[h](\s+-\S{0,20})?|(python[23]?|perl|php|ruby|node)(\s+-)?)(\s+\d?>\S{1,40})?(\s+--?\s[^\n]{1,80})?\s{0,3}($|[\n;&|)"'`>])/
        $substitution = /\b((ba|da|z|k|a)?s[h]\s+(-c\s+)?|e[v]al\s+|source\s+|\.\s+|python[23]?\s+(-c\s+)?)["']?(<\(|\$\(|`)\s{0,3}(cur[l]|wge[t])\s/
    condition:
        any of them
}

rule script_fetches_and_runs_hidden
{
    meta:
        version = 4
        type = "Downloader"
        score = 78
        source = "heuristic"
        unowned = true
        description = "Fetches a program from a bare address or into a temporary folder and runs it"
        confirm = "unchecked"
        reference = "https://attack.mitre.org/techniques/T1105/"
        code = true
        shell = true
    strings:
        $address = /(cur[l]|wge[t]|tft[p]|ftpge[t])\s[^\n]{0,160}(https?:\/\/)?(\d{1,3}\.){3}\d{1,3}(:\d{1,5})?\/[^\n]{0,200}(\|\s{0,3}(sudo\s+)?(ba|da)?s[h]\b|(;|&&|\n)\s{0,20}(chmod\s[^\n;&]{1,80}(;|&&|\n)\s{0,20})?((nohup|setsid|(ba|da)?s[h])\s+)?(\.\/|\/tmp\/|\/var\/tmp\/|\/dev\/shm\/))/
        $address_run = /(cur[l]|wge[t]|tft[p]|ftpge[t])\s[^\n]{0,160}(\d{1,3}\.){3}\d{1,3}(:\d{1,5})?\/[^\n;&]{0,160}(;|&&|\n)\s{0,20}chmod\s[^\n;&]{1,80}(;|&&|\n)\s{0,20}((nohup|setsid|exec|sudo)\s+)?((ba|da)?s[h]\s+[\w.\/]|\/[\w.]{1,20}\/[\w.\/-]{1,80})/
        $folders = /cd\s+\/tmp\s{0,3}\|\|\s{0,3}cd\s+\/(var\/)?(run|tmp|mnt|root)\b[^\n]{0,160}(;|&&|\n)\s{0,20}(\/bin\/)?(busybox\s+)?(wge[t]|cur[l]|tft[p]|ftpge[t])\s/
        $temporary = /(cur[l]|wge[t])\s[^\n]{0,200}\/(tmp|var\/tmp|dev\/shm)\/[^\s;&|]{1,60}[^\n]{0,60}(;|&&|\n)\s{0,20}chmod\s+[^\n;&]{0,10}[x75][^\n;&]{0,4}\s+[^\n;&]{0,40}\/(tmp|var\/tmp|dev\/shm)\/[^\n;&]{1,60}(;|&&|\n)\s{0,20}((nohup|setsid|exec)\s+)?\/(tmp|var\/tmp|dev\/shm)\//
        $fallback = /(cur[l]\s[^\n|]{1,200}\|\|\s{0,3}wge[t]\s[^\n|)]{1,200}|wge[t]\s[^\n|]{1,200}\|\|\s{0,3}cur[l]\s[^\n|)]{1,200})\)?\s{0,3}\|\s{0,3}(ba|da)?s[h]\b/
        $onion = /(cur[l]|wge[t])\s[^\n|]{0,200}([a-z2-7]{16}|[a-z2-7]{56})\.(onion|tor2web|onion\.(ws|pet|ly|sh|to|cab|link))[^\n]{0,120}\|\s{0,3}(ba|da)?s[h]/
        $paste = /(cur[l]|wge[t])\s[^\n|]{0,100}(pastebin\.com\/raw|paste\.ee\/r|transfer\.sh|hastebin|ix\.io|0x0\.st|termbin|cdn\.discordapp\.com|bashupload\.com|oshi\.at|gist\.githubusercontent)\S{0,160}[^\n]{0,60}\|\s{0,3}(base64\s[^\n|]{1,20}\|\s{0,3})?(ba|da)?s[h]\b/
        $busybox = /(\/bin\/)?busybo[x]\s+(wge[t]|tft[p])\s[^\n]{1,200}(;|&&)\s{0,3}(\/bin\/busybo[x]\s+)?chmod\s+(\+x|777|755)[^\n]{1,60}(;|&&)\s{0,3}(\.\/|s[h]\s)/
        $runs_address = /\b((ba|da|z|k|a)?s[h]\s+(-\w+\s+)?|e[v]al\s+|source\s+|\.\s+|python[23]?\s+(-c\s+)?|perl\s+(-e\s+)?)["']?(<\(|\$\(|`)\s{0,3}(cur[l]|wge[t])\s([^\n)`]{0,160}[\/@\s"'=])?((\d{1,3}\.){3}\d{1,3}[:\/]|[^\n)`]{0,160}(pastebin\.com\/raw|paste\.(ee|rs)\/|rentry\.(co|org)\/|transfer\.sh|hastebin|ix\.io\/|0x0\.st|termbin|temp\.sh\/|cdn\.discordapp\.com|bashupload\.com|oshi\.at|gist\.githubusercontent|\.ngrok(-free)?\.(io|app)|\.trycloudflare\.com|\.onion))/
        $decoded = /base6[4]\s+(-d|-D|--decode)\s{0,3}\|\s{0,3}xargs\s[^\n|]{0,20}(cur[l]|wge[t])\s[^\n]{0,80}\|\s{0,3}(ba|da|z)?s[h]\b/
        $arches = /(\.mi[p]s|\.mp[s]l|\.ar[m][4567]|\.sh[4]|\.pp[c]|\.m68[k]|\.sp[c]|\.x8[6])\s{0,3};\s{0,3}(chmod|cat|\.\/)/
    condition:
        any of ($address, $address_run, $folders, $temporary, $fallback, $onion, $paste, $busybox, $runs_address, $decoded) or #arches >= 3
}

rule script_runs_decoded_text
{
    meta:
        version = 6
        type = "MalScript"
        score = 72
        source = "heuristic"
        unowned = true
        description = "Decodes a long text and runs it"
        reference = "https://attack.mitre.org/techniques/T1140/"
        code = true
        shell = true
    strings:
        $shell = /(echo|printf)\s+(-\w+\s+|["']?%s["']?\s+)?["']?[A-Za-z0-9+\/=]{32,}["']?\s{0,3}\|\s{0,3}((rev|tr\s[^\n|]{1,60})\s{0,3}\|\s{0,3})?(base6[4]\s+(-d|-D|--decode|-di)|openssl\s+(enc\s+-)?base6[4]\s+(-\w+\s+)?-d|xx[d]\s+-r\s+-p)[^\n|]{0,20}\|\s{0,3}((gunzip|zcat|(gzip|xz|bzip2)\s+-d\w?)[^\n|]{0,10}\|\s{0,3})?(sudo\s+)?((ba|da|z)?s[h]|python[23]?|perl)\b/
        $substituted = /((ba|da|z)?s[h]\s+-c|\be[v]al)\s+["']?(\$\(|`)\s{0,3}(echo|printf)\s+(-\w+\s+|["']?%s["']?\s+)?["']?[A-Za-z0-9+\/=]{32,}["']?\s{0,3}\|\s{0,3}base6[4]\s+(-d|-D|--decode|-di)/
        $substituted_here = /((ba|da|z)?s[h]\s+-c|\be[v]al|source)\s+["']?(\$\(|<\(|`)\s{0,3}base6[4]\s+(-d|-D|--decode)\s{0,3}<<<\s{0,3}["']?[A-Za-z0-9+\/=]{24,}/
        $turned = /(N-ZA-M[a-zA-Z-]{0,12}["']?|["']\s{0,3}\|\s{0,3}rev)\s{0,3}\|\s{0,3}(ba|da|z)?s[h]\b/
        $pieces = /\be[v]al\s+["'](\$\{?\w{1,8}(:\d{1,3}:\d{1,2})?\}?){8,}["']/
        $here = /base6[4]\s+(-d|-D|--decode)\s{0,3}<<<\s{0,3}["']?[A-Za-z0-9+\/=]{60,}["']?\s{0,3}\|\s{0,3}(ba|da|z)?s[h]/
        $python = /(ex[e]c|e[v]al)\s{0,2}\(\s{0,2}(compile\s{0,2}\(\s{0,2})?(__import__\s{0,2}\(\s{0,2}["'](base64|zlib|marshal|codecs)["']\s{0,2}\)|base64|zlib|marshal|lzma|bz2|codecs)\s{0,2}\.\s{0,2}(b64dec[o]de|b32dec[o]de|b85dec[o]de|dec[o]mpress|loads|dec[o]de)\s{0,2}\(/
        $python_called = /\bex[e]c\s?\(\s?(\(_\)\s?\(\s?b?["']|Fern[e]t\s?\(|bytes\.fromh[e]x\s?\(|["']{2}\.join\s?\(\s?(map\s?\(\s?chr\b|chr\s?\())/
        $python_kept = /\w{1,20}\s?=\s?[\w.]{0,20}b(64|32|85)dec[o]de\s?\(\s?b?["'][^"'\n]{40,}["']\s?\)[^\n]{0,40}\n([^\n]{0,120}\n){0,3}[ \t]{0,12}ex[e]c\s?\(\s?(compile\s?\(\s?)?\w{1,20}\s?[,)]/
        $python_named = /\bgetattr\s?\(\s?(__)?built[i]ns(__)?\s?,\s?["'][a-z_]{0,4}["']\s?\+/
        $lambda = /_\s?=\s?lambda\s+__\s?:\s?__import__\s?\(\s?["']zlib["']\s?\)\.dec[o]mpress\s?\(/
        $python_under_key = /\bex[e]c\s?\(\s?\w{1,20}\s?\(\s?b?["'][\w=+\/-]{20,80}["']\s?\)\.decr[y]pt\s?\(/
        $spelled = /(printf|echo\s+-\w*e\w*)\s+["']?(\\x[0-9a-fA-F]{2}|\\0?[0-7]{2,3}){12,}["']?\s{0,3}\|\s{0,3}(sudo\s+)?(ba|da|z)?s[h]\b/
        $here_document = /base6[4]\s+(-d|-D|--decode)\s{0,2}<<-?\s{0,2}["']?\w{1,20}["']?\s{0,3}\|\s{0,3}((gunzip|zcat|(gzip|xz|bzip2)\s+-d\w?)[^\n|]{0,10}\|\s{0,3})?(sudo\s+)?((ba|da|z)?s[h]|python[23]?|perl)\b/
        $kept = /[=\n]["']?(IyEv|Y3Vyb|d2dld|KGN1c|KHdnZ|aW1wb3J0|ZXhlY|ZXZhb|H4sI|Y2QgL|YmFza|bm9od|ZWNob|c2V0I|cHl0a|ZXhwb)[A-Za-z0-9+\/]{24,}/
        $kept_runs = /(\be[v]al|(ba|da|z)?s[h]\s+-c|source)\s+["']?(\$\(|<\(|`)\s{0,3}(echo|printf)\s[^\n|]{0,12}\$\{?\w{1,24}\}?["']?\s{0,3}\|\s{0,3}base6[4]\s+(-d|-D|--decode|-di)|(echo|printf)\s[^\n|]{0,12}\$\{?\w{1,24}\}?["']?\s{0,3}\|\s{0,3}base6[4]\s+(-d|-D|--decode|-di)\s{0,3}\|\s{0,3}((gunzip|zcat|(gzip|xz|bzip2)\s+-d\w?)[^\n|]{0,10}\|\s{0,3})?(sudo\s+)?((ba|da|z)?s[h]|python[23]?|perl)\b/
        $powershell = /FromBase64Str[i]ng\s?\(\s?["'][A-Za-z0-9+\/=]{40,4000}["']\s?\)[\s\S]{0,400}(scriptbl[o]ck\]::cre[a]te|\bi[e]x\b|invoke-expr[e]ssion)/ nocase
        $itself = /\b(tail|sed|awk|grep)\s[^\n|]{1,60}\$\{?(0|BASH_SOURCE)[^\n|]{0,20}\|\s{0,3}base6[4]\s+(-d|-D|--decode)[^\n|]{0,10}\|\s{0,3}((gunzip|zcat|(gzip|xz|bzip2)\s+-d\w?)[^\n|]{0,10}\|\s{0,3})?(sudo\s+)?(ba|da|z)?s[h]\b/
        $perl = /e[v]al\s{0,3}\(?\s{0,3}(unpack\s{0,2}\(?\s{0,2}["']u["']?|dec[o]de_base64)\s{0,2}[\(,]/
        $node = /(e[v]al|new\s+Funct[i]on|Funct[i]on)\s{0,2}\(\s{0,2}(at[o]b\s{0,2}\(|Buff[e]r\.from\s{0,2}\([^)\n]{1,100000},\s{0,2}["'](base64|hex)["'])/
        $ruby = /e[v]al\s{0,2}\(?\s{0,2}(Base64\.(strict_|urlsafe_)?dec[o]de64|Zlib::Inflate\.inflate)\s{0,2}\(/
    condition:
        any of ($shell, $substituted, $substituted_here, $turned, $pieces, $here, $python, $python_called, $python_under_key, $python_kept, $python_named, $lambda, $spelled, $here_document, $itself, $perl, $node, $ruby, $powershell)
        or ($kept and $kept_runs)
}

rule script_runs_downloaded_text
{
    meta:
        version = 6
        type = "Downloader"
        score = 78
        source = "heuristic"
        unowned = true
        description = "Python, JavaScript, Perl or PHP that fetches text and runs it as code"
        reference = "https://attack.mitre.org/techniques/T1105/"
        code = true
        confirm = "address"
    strings:
        $python = /\b(ex[e]c|e[v]al)\s{0,2}\(\s{0,2}(compile\s{0,2}\(\s{0,2})?(requests\.(get|post)|(\w{1,20}\.){0,3}urlop[e]n|__import__\s?\(\s?["'](requests|urllib)[^\n]{0,40})\s{0,2}\(/
        $shell = /os\.s[y]stem\s{0,2}\(\s{0,2}f?["'][^"'\n]{0,40}(cur[l]|wge[t])\s[^"'\n]{1,200}(\|\s{0,3}(ba|da)?s[h]\b|chmod\s+(\+x|7))/
        $node = /(child_process|require\s?\(\s?["'](node:)?child_process["']\s?\))[^\n]{0,80}(ex[e]c|ex[e]cSync|spawn)\s{0,2}\(\s{0,2}["'`][^"'`\n]{0,60}(cur[l]|wge[t])\s[^"'`\n]{1,200}\|\s{0,3}(ba)?s[h]/
        $ruby = /\be[v]al\s{0,2}\(?\s{0,2}(URI\.op[e]n|Net::HTTP\.g[e]t|URI\.p[a]rse|op[e]n)\s?\(?\s?(URI\s?\(|URI\.p[a]rse\s?\()?\s?["']https?:/
        $perl = /\be[v]al\s{0,2}[({]?\s{0,2}(LWP::Simple::)?g[e]t\s?\(?\s?["']https?:|\$\w{1,20}\s?=\s?(LWP::Simple::)?g[e]t\s?\(?\s?["']https?:[^\n]{1,200}\n?([^\n]{0,120}\n){0,4}[^\n]{0,40}e[v]al[\s({]{1,3}\$\w/
        $lua = /(socket|ssl)\.h[t]tps?["')][\s\S]{0,400}\bl[o]ad(string)?\s?\(\s?\w{1,20}\s?\)\s?\(/
        $php = /\b(e[v]al|a[s]sert)\s{0,4}\(\s{0,4}["']?\??>?["']?\s{0,2}\.?\s{0,2}@?(file_get_cont[e]nts|curl_ex[e]c)\s{0,4}\(\s{0,4}(["']https?:|\$)/
        $memory = /memfd_cre[a]te[\s\S]{0,600}\bexe[c]\w{0,3}\s?\(\s?f?["']\/proc\/(self|\{|%d|\d)/
        $powershell_file = /(\biw[r]\s|Invoke-WebR[e]quest\s|Downl[o]adFile\s?\()[^\n]{0,40}https?:\/\/(\d{1,3}\.){3}\d{1,3}[:\/][\s\S]{0,200}(Start-Pr[o]cess|Invoke-It[e]m)\s/ nocase
        $powershell_calls = /(\bi[e]x|Invoke-Expr[e]ssion|scriptbl[o]ck\]::Create)\s{0,2}[\(&"$]{1,3}[^\n]{0,80}(Downl[o]adString\s?\(|Invoke-(WebR[e]quest|RestM[e]thod)\s)/ nocase
        $powershell_pipes = /(Downl[o]adString\s?\([^)\n]{1,200}\)|Invoke-(WebR[e]quest|RestM[e]thod)\s[^\n|]{1,200})\s{0,3}\|\s{0,3}(i[e]x\b|Invoke-Expr[e]ssion)/ nocase
        $powershell_short = /\b(iw[r]|ir[m])\s(-\w{1,20}\s){0,3}["']?https?:\/\/[^\n|]{1,200}\|\s{0,3}i[e]x\b|\b(i[e]x|Expr[e]ssion)\s?\(+\s?(iw[r]|ir[m])\s(-\w{1,20}\s){0,3}["']?https?:\/\// nocase
        $powershell_loads = /Downl[o]adData\s?\([^)\n]{1,200}\)[\s\S]{0,200}Assembly\]::L[o]ad\s?\(/ nocase
        $powershell_kept = /\$\w{1,30}\s?=[^\n]{0,100}(Downl[o]adString\s?\(|Invoke-(WebR[e]quest|RestM[e]thod)\s)[^\n]{1,200}\n([^\n]{0,200}\n){0,6}[^\n]{0,40}(\bi[e]x|Invoke-Expr[e]ssion)\s?\(?["']?\$\w/ nocase
    condition:
        any of them
}

rule script_runs_what_it_fetched
{
    meta:
        version = 3
        type = "Downloader"
        score = 76
        source = "heuristic"
        unowned = true
        description = "Keeps what it has fetched in a file or a variable and runs it"
        reference = "https://attack.mitre.org/techniques/T1105/"
        code = true
        confirm = "fetched"
    strings:
        $shell = /\b(cur[l]|wge[t])\s/
        $python = /(\burlop[e]n\s?\(|\burlretri[e]ve\s?\(|\brequests\.(get|post)\s?\(|\bhttpx\.(get|post)\s?\()/
        $node = /(\.on\s?\(\s?["']d[a]ta["']|\bchild_pr[o]cess\b|\bf[e]tch\s?\(\s?["'`]https?:|\baxi[o]s\b|\bnode-f[e]tch\b)/
    condition:
        any of them
}

rule build_script_runs_hidden_data
{
    meta:
        type = "Backdoor"
        score = 78
        source = "heuristic"
        unowned = true
        description = "A build script that cuts code out of test data and runs it, as the XZ Utils backdoor did"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2024-3094"
        code = true
    strings:
        $data = /\b(tail|head) -c ?\+?\d{2}[^\n]{0,400}\|\s{0,3}(\/bin\/)?((ba)?s[h]|\$\{?(CONFIG_)?SHE[L]L\}?)(\s|$)/
        $place = /\b(tests\/|testdata|fixtures|corpora)/
        $cut = /(head\s+-c\s{0,2}\+?\d+\s{0,2}>\s{0,2}\/d[e]v\/null\)?\s{0,2}&&\s{0,2}\(?\s{0,2}head\s+-c\s{0,2}\+?\d+[^\n]{0,40}){2}/
        $macro = /\|\s{0,2}e[v]al\s+\$\w{1,40}\s{0,2}\|\s{0,2}\$\w{1,30}(\[\$1\])?\w{0,30}\s+-d/
        $marker = /grep\s+-\w*[aErR]\w*l\w*s?\s+["']#\{4\}\[\[:alnum:\]\]\{5\}#\{4\}\$/
    condition:
        ($data and $place) or any of ($cut, $macro, $marker)
}

rule powershell_encoded_command
{
    meta:
        type = "MalScript"
        score = 74
        source = "heuristic"
        unowned = true
        description = "Starts PowerShell with an encoded command that fetches or runs code"
        reference = "https://attack.mitre.org/techniques/T1059/001/"
        code = true
        confirm = "powershell"
    strings:
        $encoded = /\b(powersh[e]ll|pw[s]h)(\.exe)?["']?\s[^\n]{0,120}-e(nc|c|ncodedcommand)?\s+["']?[A-Za-z0-9+\/=]{60,}/ nocase
    condition:
        $encoded
}

rule shell_hides_its_words
{
    meta:
        type = "MalScript"
        score = 76
        source = "heuristic"
        unowned = true
        description = "A shell script that spells in pieces or codes how it fetches code or connects a shell"
        reference = "https://attack.mitre.org/techniques/T1027/010/"
        code = true
        shell = true
        confirm = "shell"
    strings:
        $ansi = /\$'(\\x[0-9a-fA-F]{2}|\\[01][0-7]{2}){2}/
        $printed = /(printf|echo\s+-\w{0,2}e)\s+(["']?%[sb]["']?\s+)?["']?(\\x[0-9a-fA-F]{2}|\\0?[01][0-7]{2}){2}/
        $base64 = /\bbase6[4]["']?\s{1,3}(-\w{0,3}[dD]\b|--decode)/
        $broken = /\b(c(''|""|\\|\$@)url|cu(''|""|\\|\$@)rl|cur(''|""|\\|\$@)l|w(''|""|\\|\$@)get|wg(''|""|\\|\$@)et|b(''|""|\\|\$@)ash|ba(''|""|\\|\$@)sh|bas(''|""|\\|\$@)h)\b/
        $interrupted = /\b\w{1,3}\$\{\w{1,8}\}(url|rl|get|ash)\b/
        $unspaced = /(cur[l]|wge[t]|ba[s]h)\$\{?IFS/
        $elements = /\]\}\$\{\w{1,10}\[\d{1,2}\]\}\$\{\w{1,10}\[\d/
        $device = /\b\w{1,12}=["']?\/d[e]v(\/(tc[p]|ud[p])\S{0,40})?["']?\s?(;|\n|$)/
    condition:
        any of them
}
