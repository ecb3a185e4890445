// Web shells in PHP. Single-letter classes such as [v] keep these rules from looking like what they look for.

private rule is_php
{
    strings:
        $open = /<\?(php|=|\s|xml:php)/ nocase
        $tag = /<script\s+language\s?=\s?["']?php/ nocase
    condition:
        $open or $tag
}

rule php_code_from_request
{
    meta:
        version = 3
        type = "WebShell"
        score = 90
        family = "PHP one-liner (China Chopper and relatives)"
        description = "Runs PHP code that arrives with the request"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $direct = /\b(e[v]al|a[s]sert|create_f[u]nction)\s{0,8}\(\s{0,8}(["'][^"'\n]{0,40}["']\s{0,4},\s{0,4})?(@?(base64_decode|str_rot13|gzinflate|gzuncompress|gzdecode|stripslashes|urldecode|rawurldecode|hex2bin|strrev|trim|pack|convert_uudecode|htmlspecialchars_decode|implode|join|end|current)\s{0,4}\(\s{0,4}(["'][^"'\n]{0,10}["']\s{0,4}[,.]\s{0,4})?){0,5}["']{0,2}\s{0,4}\.?\s{0,4}@?\$\{?["']?_(GET|POST|REQUEST|COOKIE|SERVER|FILES)\b/ nocase
        $callback = /\b(array_map|array_filter|call_user_func(_array)?|usort|uasort|uksort|array_walk|register_shutdown_function|array_reduce|array_diff_ukey|forward_static_call(_array)?)\s{0,4}\(\s{0,4}["'](a[s]sert|e[v]al|system|exec|passthru|shell_exec)["']\s{0,4},[^;\n]{0,80}\$_(GET|POST|REQUEST|COOKIE)/ nocase
        $reversed = /\b(array_map|array_filter|usort|uasort|array_walk)\s{0,4}\([^;\n]{0,40}\$_(GET|POST|REQUEST|COOKIE)[^;\n]{0,60}["'](a[s]sert|system|exec|passthru|shell_exec)["']/ nocase
        $modifier = /preg_replace\s{0,4}\(\s{0,4}["'](.)[^"'\n]{0,60}[\/#~|@]\w{0,4}e\w{0,4}["']\s{0,4},[^;\n]{0,80}(\$_(GET|POST|REQUEST|COOKIE)|e[v]al\s{0,4}\()/ nocase
        $chosen = /(^|[^w \t]|[^w][ \t])\$_(GET|POST|REQUEST|COOKIE)\s{0,2}[\[{]\s{0,2}["']?\w{0,40}["']?\s{0,2}[\]}]\s{0,4}\(\s{0,4}@?(\w{3,20}\s{0,2}\(\s{0,2}){0,3}\$_(GET|POST|REQUEST|COOKIE)/ nocase
        $parts = /["']as?s?e?r?["']\s{0,3}\.\s{0,3}["']s?s?e?r?t["']\s{0,3};([^<>]|\s[<>]=?\s){0,200}\$\w{1,30}\s{0,2}\(\s{0,2}@?\$_(GET|POST|REQUEST|COOKIE)/ nocase
        $picked = /\bcall_user_func(_array)?\s{0,4}\(\s{0,4}@?\$_(GET|POST|REQUEST|COOKIE)/ nocase
    condition:
        is_php and any of ($direct, $callback, $reversed, $modifier, $chosen, $parts, $picked)
}

rule php_command_from_request
{
    meta:
        version = 2
        type = "WebShell"
        score = 88
        family = "PHP command shell"
        description = "Runs a system command that arrives with the request"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $call = /\b(s[y]stem|ex[e]c|shell_ex[e]c|passthr[u]|pop[e]n|proc_op[e]n|pcntl_ex[e]c)\s{0,8}\(\s{0,8}(["'][^"'\n]{0,20}["']\s{0,4}\.\s{0,4})?(@?(base64_decode|str_rot13|stripslashes|urldecode|rawurldecode|hex2bin|strrev|trim|html_entity_decode)\s{0,4}\(\s{0,4}){0,4}["']?\{?@?\$\{?_(GET|POST|REQUEST|COOKIE|SERVER\[["']HTTP_)/ nocase
        $ticks = /(echo|print|=|\(|return|exit|die)\s{0,4}\(?\s{0,4}`[^`\n]{0,40}\$\{?_(GET|POST|REQUEST|COOKIE)\b[^`\n]{0,60}`/ nocase
    condition:
        is_php and any of ($call, $ticks)
}

rule php_request_through_variable
{
    meta:
        version = 3
        type = "WebShell"
        score = 82
        description = "Takes a value from the request and soon runs it as code or command"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $run = /\$(\w{1,30})\s{0,4}=\s{0,4}@?(\w{3,20}\s{0,2}\(\s{0,2}){0,3}\$_(POST|REQUEST|COOKIE|GET)\s{0,2}\[[^\]\n]{1,60}\]\s{0,2}\){0,3}\s{0,4};([^<>]|\s[<>]=?\s){0,120}\b(e[v]al|a[s]sert)\s{0,4}\(\s{0,4}["']?(@?\w{3,20}\s{0,2}\(\s{0,2}){0,3}\$\w/ nocase
        $variable = /\$\w{1,30}\s{0,4}=\s{0,4}@?\$_(POST|REQUEST|COOKIE|GET)\s{0,2}\[[^\]\n]{1,60}\]\s{0,4};\s{0,10}(@?echo\s+|print\s+|return\s+)?@?\$\w{1,30}\s{0,2}\(\s{0,2}@?\$_(POST|REQUEST|COOKIE|GET)/ nocase
        $command = /\$\w{1,30}\s{0,4}=\s{0,4}@?\$_(POST|REQUEST|COOKIE|GET)\s{0,2}\[\s{0,2}["'](cmd|c|command|exec|shell|x|e)["']\s{0,2}\]\s{0,4};([^<>]|\s[<>]=?\s){0,160}\b(s[y]stem|shell_ex[e]c|passthr[u]|ex[e]c|pop[e]n|proc_op[e]n)\s{0,4}\(\s{0,4}["']?\$\w/ nocase
    condition:
        is_php and any of ($run, $variable, $command)
}

rule php_nested_decoders
{
    meta:
        version = 2
        type = "MalScript"
        score = 82
        description = "Runs PHP code that is wrapped in several layers of encoding"
        reference = "https://attack.mitre.org/techniques/T1027/"
        code = true
    strings:
        $nested = /\b(e[v]al|a[s]sert)\s{0,8}\(\s{0,8}["']?\??>?["']?\s{0,2}\.?\s{0,2}@?(gzinflate|gzuncompress|gzdecode|str_rot13|strrev|rawurldecode|base64_decode|hex2bin|convert_uudecode)\s{0,4}\(\s{0,4}@?(gzinflate|gzuncompress|gzdecode|str_rot13|strrev|rawurldecode|base64_decode|hex2bin|convert_uudecode)\s{0,4}\(/ nocase
        $built = /\$\w{1,30}\s{0,4}=\s{0,4}["'](b|ba|bas|base)["']\s{0,3}\.\s{0,3}["'][a-z0-9_]{0,8}["']\s{0,3}\.[^;\n]{0,60}(decode|de["']|code)["']?\s{0,4};[^<]{0,400}(e[v]al|a[s]sert)\s{0,4}\(/ nocase
    condition:
        is_php and any of ($nested, $built)
}

rule php_known_shells
{
    meta:
        type = "WebShell"
        score = 92
        family = "WSO, b374k, c99, r57, p0wny, Alfa, IndoXploit"
        description = "Names and texts of well-known PHP web shells"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
    strings:
        $wso1 = /Files[M]an["']?\s{0,4};/
        $wso2 = /\bW[S]O(_VERSION|setcookie|login|Header|stripslashes)\b|\bw[s]o(Login|Header|Footer|Ex|ViewSize|Perms)\s?\(/
        $wso3 = /\$default_acti[o]n\s?=\s?["']Files/
        $b1 = /\$s_(pass|ver|title)\s?=\s?["'][^"'\n]{1,40}["'];[^\n]{0,60}b37[4]k/
        $b2 = /b37[4]k\s?(shell|m1n1|2\.\d|3\.\d)/ nocase
        $c1 = /c99(s[h]exit|_buff_prep[a]re|_sess_p[u]t|sh_getupd[a]te|ftpbr[u]te)/
        $c2 = /C99(Shell|mad[S]hell)\s+v\.?\s?\d/i
        $r1 = /r57[s]hell\s?(\.php|\d|v|-)/ nocase
        $p1 = /p0[w]ny@(shell|\$\{)/
        $p2 = /function\s+feature[S]hell\s?\(/
        $a1 = /ALFA[ _-]TEa[M]\s+Shell|~\s?A[L]FA\s+TEaM/ nocase
        $i1 = /Ind[o]Xploit\s+Shell/ nocase
        $w1 = /\$k\s?=\s?["'][0-9a-f]{8}["'];\s{0,3}\$kh\s?=\s?["'][0-9a-f]{12}["'];\s{0,3}\$kf\s?=\s?["'][0-9a-f]{12}/
        $g1 = /\$pa(ss|yloadName)\s?=\s?["']\w{1,30}["'];\s{0,6}\$(payloadName|key)\s?=\s?["'][\w]{1,40}["'];[^<]{0,600}getBasics[I]nfo/
        $x1 = /\be45e329f[e]b5d925b\b/
        $x2 = /\b3c6e0b8a[9]c15224a\b/
        $k1 = /ph[p]spy\s?(20|ver)/ nocase
    condition:
        is_php and any of them
}

rule php_uploader
{
    meta:
        version = 2
        type = "WebShell"
        score = 74
        source = "heuristic"
        description = "A very short script that stores whatever is uploaded under a name the visitor chooses"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        confirm = "uploader"
    strings:
        $move = /(move_uploaded_f[i]le|@?copy)\s{0,4}\(\s{0,4}\$_FILES\s{0,2}\[[^;\n]{1,120},\s{0,4}(\$_FILES\s{0,2}\[[^\]\n]{1,30}\]\s{0,2}\[["']name|\$_(POST|GET|REQUEST))/ nocase
        $write = /(file_put_c[o]ntents|fwr[i]te)\s{0,4}\(\s{0,4}\$_(POST|GET|REQUEST|COOKIE)\[[^;\n]{1,80},[^;\n]{0,40}(\$_(POST|GET|REQUEST|COOKIE)|file_get_contents\s?\(\s?["']php:\/\/inp[u]t)/ nocase
        $move_each = /(move_uploaded_f[i]le|\bcopy)\s{0,4}\(\s{0,4}\$\w{1,20}\s?\[\s?["']tmp_name["']\s?\]\s{0,4},\s{0,4}[^;\n]{0,40}\$\w{1,20}\s?\[\s?["']name["']\s?\]\s?\)/ nocase
        $move_anywhere = /(move_uploaded_f[i]le|\bcopy)\s{0,4}\(\s{0,4}\$_FILES\s{0,2}\[[^\]\n]{1,30}\]\s{0,2}\[\s{0,2}["']tmp_name["']\s{0,2}\]\s{0,4},\s{0,4}["']?[\w.\/${}\[\]"' -]{1,60}\)/ nocase
        $name = /\$_FILES\s{0,2}\[[^\]\n]{1,30}\]\s{0,2}\[\s{0,2}["']name["']\s{0,2}\]/ nocase
    condition:
        is_php and ((any of ($move, $move_each) and filesize < 2KB) or $write or ($move_anywhere and $name and filesize < 3KB))
}

rule php_code_from_request_body
{
    meta:
        version = 2
        type = "WebShell"
        score = 80
        source = "heuristic"
        description = "Runs PHP code that arrives as the body of the request"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $body = /\b(e[v]al|a[s]sert)\s{0,8}\(\s{0,8}(\w{3,20}\s{0,4}\(\s{0,4}){0,3}file_get_contents\s{0,4}\(\s{0,4}["']php:\/\/input/ nocase
    condition:
        is_php and $body
}

rule php_code_from_cookies
{
    meta:
        type = "WebShell"
        score = 80
        source = "heuristic"
        family = "PHP shells that are driven by cookies"
        description = "Puts functions and their arguments together from the cookies of the request"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $all = /\$\w{1,30}\s{0,4}=\s{0,4}&?\s{0,2}@?\$_COOK[I]E\s{0,4};/
        $element = /\$\w{1,30}\s{0,2}\[[^\]\n]{1,30}\]\s{0,2}\(\s{0,2}@?\$\w/
        $called = /[;{}=(\s]@?\$\w{1,30}\s{0,2}\(\s{0,2}(@?\$\w{1,30}\s{0,2}\(\s{0,2}){0,3}@?\$\w{1,30}\s{0,2}\[/
        $joined = /\$\w{1,30}\s?\[[^\]\n]{1,10}\]\s{0,2}\.\s{0,2}\$\w{1,30}\s?\[/
        $merged = /array_merge\s{0,2}\(\s{0,2}\$_(COOK[I]E\s{0,2},\s{0,2}\$_POST|POST\s{0,2},\s{0,2}\$_COOK[I]E)\s{0,2}\)/
        $run = /\b(e[v]al|a[s]sert|create_f[u]nction)\s{0,4}\(\s{0,4}@?\$\w{1,30}\s{0,2}[\[)]/ nocase
    condition:
        is_php and filesize < 32KB and (($all and ($element or ($called and $joined))) or ($merged and $run))
}

rule php_runs_uploaded_file
{
    meta:
        version = 2
        type = "WebShell"
        score = 76
        source = "heuristic"
        description = "Includes a file that the visitor names, sends or has just stored"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $named = /\b(includ[e]|requir[e])(_once)?\s{0,2}\(?\s{0,2}@?(\w{3,20}\s?\(\s?){0,2}\$_(GET|POST|REQUEST|COOKIE)\s{0,2}\[[^\]\n]{1,40}\]\s{0,2}\){0,3}\s{0,2};/ nocase
        $sent = /\b(includ[e]|requir[e])(_once)?\s{0,2}\(?\s{0,2}@?(["'](php:\/\/inp[u]t|data:\/?\/?text[^\n]{0,120}\$_(GET|POST|REQUEST|COOKIE))|\$_FIL[E]S\s{0,2}\[[^;\n]{1,40}tmp_name)/ nocase
        $stored = /(move_uploaded_f[i]le\s{0,2}\([^;\n]{1,160}|file_put_c[o]ntents\s{0,2}\([^;\n]{1,120}\$_(GET|POST|REQUEST|COOKIE)[^;\n]{0,80})\)\s{0,2}[;{)][^<]{0,160}\b(includ[e]|requir[e])(_once)?\s{0,2}\(?\s{0,2}["']?[$\w.\/]/ nocase
    condition:
        is_php and any of them
}

rule jsp_uploader
{
    meta:
        type = "WebShell"
        score = 76
        source = "heuristic"
        description = "A page that writes a file whose name and content the visitor chooses"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
    strings:
        $page = "<%"
        $write = /new\s+(java\.io\.)?(FileOutputStr[e]am|FileWr[i]ter|RandomAccessF[i]le)\s?\(([^;\n()]|\([^;\n()]{0,40}\)){0,120}getParam[e]ter\s?\(/
        $content = /\.write(Bytes|UTF)?\s?\([^;\n]{0,80}getParam[e]ter\s?\(/
    condition:
        $page and $write and $content
}

rule php_hides_its_calls
{
    meta:
        type = "WebShell"
        score = 78
        source = "heuristic"
        description = "Calls a function whose name it hides, or one that the visitor names, or includes what a visitor sends"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        code = true
        confirm = "page"
    strings:
        $request = /\$_(G[E]T|P[O]ST|REQU[E]ST|COOK[I]E|F[I]LES)\b|\$_SERV[E]R\s?\[\s?["']HTTP_|php:\/\/inp[u]t|getallheaders\s?\(/
    condition:
        is_php and filesize < 256KB and $request
}
