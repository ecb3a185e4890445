// Shells that a program hands to somebody at the other end of a connection.

rule reverse_shell_of_a_shell
{
    meta:
        version = 4
        type = "Backdoor"
        score = 80
        source = "heuristic"
        unowned = true
        description = "Connects the input and output of a shell to a network connection"
        reference = "https://attack.mitre.org/techniques/T1059/004/"
        code = true
        shell = true
    strings:
        $dev = /\b(ba|z|k|da)?s[h]["']?\s{1,4}(-\w{1,4}\s{1,4}){0,3}-?[il]{0,3}\s{0,4}[0-9&]{0,2}[<>]{1,2}&?\s{0,2}["']?\/d[e]v\/(tcp|udp)\/[^\s\/]{1,120}\/[^\s]{1,40}/
        $descriptor = /\bex[e]c\s{1,4}\{?\w{1,12}\}?\s{0,2}<>\s{0,2}["']?\/d[e]v\/(tcp|udp)\/[^\n]{1,160}(\n[^\n]{0,200}){0,4}(\bs[h]\b|\b[bd]as[h]\b|\$line|\$REPLY|while\s+read)[^\n]{0,120}[<>]{1,2}&\s{0,2}\$?\{?\w/
        $netcat = /\b(n[c]|nca[t]|netca[t])(\.traditional|\.openbsd)?\s[^\n|;#]{0,100}(-\w{0,5}[ec]|--(sh-)?exec)[\s=]{0,3}["']?(\/(usr\/)?bin\/)?((ba|da|z|k|a)?s[h]|cmd(\.exe)?|powershell(\.exe)?)\b/
        $fifo = /mkfif[o]\s+(-m\s?\d+\s+)?\S{1,80}\s{0,4}(;|&&|\n)[^\n]{0,200}s[h](\s+-i)?\s{0,3}(2>&1|<|>)[^\n]{0,80}\|\s{0,4}(n[c]|nca[t]|netca[t]|telnet|openssl|socat)\b/
        $node = /mkno[d]\s+\S{1,60}\s+p\s{0,4}(;|&&|\n)[^\n]{0,160}(telnet|\bn[c]|nca[t])\s[^\n]{0,120}\|?\s{0,4}\S{0,20}s[h]\b/
        $fifo_telnet = /mkfif[o][^\n]{1,80}(;|&&|\n)[^\n]{0,60}(telne[t]|n[c]|nca[t])\s[^\n|]{1,80}<\s{0,2}["']?[\w$\/.{}-]{1,60}["']?\s{0,3}\|\s{0,3}(\/bin\/)?(ba)?s[h]\s[^\n]{0,20}>/
        $telnet = /telne[t]\s+\S{1,80}\s+\S{1,8}\s{0,4}\|\s{0,4}(\/bin\/)?(ba)?s[h]\s{0,4}\|\s{0,4}telne[t]/
        $socat = /soca[t]\s[^\n]{0,160}(exec|system):["']?[^\n]{0,40}s[h]\b[^\n]{0,80}|soca[t]\s[^\n]{0,40}(exec|system):["']?(\/(usr\/)?bin\/)?(ba)?s[h]/ nocase
        $socat_net = /soca[t]\s[^\n]{0,200}(tcp[46]?(-connect)?|openssl(-connect)?|udp[46]?):/ nocase
        $zsh = /zmodloa[d]\s+zsh\/net\/tcp[^\n]{0,40}(;|&&|\n)[^\n]{0,160}ztcp\s[^\n]{0,160}zs[h]/
        $awk = /\/ine[t]\/(tcp|udp)\/0\/[^\n]{1,200}(\n[^\n]{0,200}){0,8}\|&\s{0,3}getline/
        $awk_runs = /\|\s{0,3}getlin[e]\)?\s{0,3}>\s{0,2}0|while\s{0,3}\(+\s?\w{1,12}\s{0,2}\|&?\s{0,2}getlin[e]/
        $curl = /cur[l]\s[^\n]{0,40}telne[t]:\/\/[^\n]{1,200}\|\s{0,3}(\/bin\/)?(ba)?s[h]\b/
        $ssl = /openss[l]\s+s_client\s[^\n]{0,160}\|?\s{0,4}(\/bin\/)?(ba)?s[h]\s+(-i\b|2>&1|\|)/
    condition:
        any of ($dev, $descriptor, $netcat, $fifo, $fifo_telnet, $node, $telnet, $zsh, $ssl, $curl) or ($socat and $socat_net) or ($awk and $awk_runs)
}

rule reverse_shell_python
{
    meta:
        version = 4
        type = "Backdoor"
        score = 80
        source = "heuristic"
        unowned = true
        description = "Python that puts a socket in place of a shell's input and output"
        reference = "https://attack.mitre.org/techniques/T1059/006/"
        code = true
    strings:
        $dup = /os\.du[p]2\(\s{0,4}[\w.]{1,40}\.fileno\(\)\s{0,4},\s{0,4}\w/
        $shell = /(pty\.spaw[n]|subprocess\.(call|Pop[e]n|run|check_call)|os\.(system|exec\w{1,3}|popen))\s{0,2}\(\s{0,2}\[?\s{0,2}["'](\/(usr\/)?bin\/)?(ba|da|z)?s[h]["'\s]/
        $any_dup = /\b\w{1,10}\.du[p]2\(\s{0,4}[\w.]{1,40}\.fileno\(\)\s{0,4},/
        $any_spawn = /\b\w{1,10}\.spaw[n]\(\s{0,2}["'](\/(usr\/)?bin\/)?(ba|da|z)?s[h]["']/
        $connect = /(\.connect(_ex)?|create_connecti[o]n)\s{0,2}\(\s{0,2}\(/
        $loop = /subprocess\.(Pop[e]n|getoutput|check_output|run)\s{0,2}\([^\n]{0,120}(shell\s{0,2}=\s{0,2}True)?[^\n]{0,120}\n?[^#]{0,300}\.(send|sendall)\s{0,2}\(/
        $receive = /(cmd|command|data)\s{0,3}=\s{0,3}[\w.]{1,30}\.rec[v]\s{0,2}\(\s{0,2}\d{2,6}\s{0,2}\)(\.decode\([^)\n]{0,20}\))?/
    condition:
        $connect and (($dup and $shell) or ($any_dup and $any_spawn) or ($receive and $loop))
}

rule reverse_shell_perl
{
    meta:
        version = 3
        type = "Backdoor"
        score = 80
        source = "heuristic"
        unowned = true
        description = "Perl that puts a socket in place of a shell's input and output"
        reference = "https://attack.mitre.org/techniques/T1059/"
        code = true
    strings:
        $reopen = /open\s{0,2}\(?\s{0,2}STDI[N]\s{0,2},\s{0,2}["']?[<+>]{1,2}&/
        $fdopen = /STDI[N]\s{0,2}->\s{0,2}fdopen\s{0,2}\(\s{0,2}\$\w/
        $net = /(socket\s{0,2}\(\s{0,2}\w{1,20}\s{0,2},\s{0,2}PF_INE[T]|IO::Socket::INE[T]|Socket::INE[T])/
        $run = /(ex[e]c|s[y]stem)\s{0,2}\(?\s{0,2}\{?\s{0,2}["'](\/bin\/)?(ba)?s[h]\b|s[y]stem\s{0,2}\(?\s{0,2}\$_\b/
        $answers = /while\s?\(\s?(my\s+\$\w{1,12}\s?=\s?)?<\$\w{1,12}>\s?\)\s?\{[\s\S]{0,160}`\$(_|\w{1,12})\s{0,2}(2>&1)?\s?`[\s\S]{0,120}print\s+\{?\s?\$/
    condition:
        $net and (($run and any of ($reopen, $fdopen)) or $answers)
}

rule reverse_shell_web_languages
{
    meta:
        version = 3
        type = "Backdoor"
        score = 80
        source = "heuristic"
        unowned = true
        description = "PHP, Ruby, Node, Lua or Java that connects a shell to a network connection"
        reference = "https://attack.mitre.org/techniques/T1059/"
        code = true
    strings:
        $php_net = /\b(p?fsockop[e]n|stream_socket_cli[e]nt|socket_conn[e]ct)\s{0,2}\(/
        $php_run = /(\b(proc_op[e]n|shell_ex[e]c|ex[e]c|s[y]stem|passthru|pop[e]n)\s{0,2}\(|`|=\s{0,2}|\$shell\s?=\s?)["'`]?[^\n;]{0,40}(\/bin\/)?(ba)?s[h]\s+(-i\b|<&|0<&|<\&)/
        $php_pair = /proc_op[e]n\s{0,2}\(\s{0,2}["'](\/bin\/)?(ba)?s[h](\s+-i)?["']\s{0,2},\s{0,2}(array\s?\(|\[)[^;]{0,80}\$\w{1,10}/
        $ruby_net = /TCPS[o]cket\.(open|new)\s{0,2}\(?["']?[^\n)]{1,80}/
        $ruby_run = /ex[e]c\s{0,2}\(?\s{0,2}(sprintf\s{0,2}\(?)?\s{0,2}["'](\/bin\/)?(ba)?s[h]\s+-i\s{0,2}<&|\$stdin\.reopen|IO\.pop[e]n\s{0,2}\(?\s?(cmd|c|line|\w)\s{0,2},\s{0,2}["']r/
        $node_net = /(require\s{0,2}\(\s{0,2}["'](node:)?net["']\s{0,2}\)|net\.(Socket|connect|createConnection))/
        $node_run = /(spaw[n]|ex[e]c|ex[e]cFile)\s{0,2}\(\s{0,2}["'](\/bin\/)?((ba|z)?s[h]|cmd(\.exe)?)["']/
        $node_pipe = /\.pip[e]\s{0,2}\(\s{0,2}\w{1,20}\.(stdin|in)\s{0,2}\)/
        $lua_net = /socket\.(tcp|connect)|require\s{0,2}\(?["']socket["']/
        $lua_run = /os\.ex[e]cute\s{0,2}\(\s{0,2}["']\/bin\/(ba)?s[h]\s+-i\s{0,2}<&|io\.pop[e]n\s{0,2}\(\s{0,2}\w{1,12}\s{0,2},?[^\n]{0,80}(\n[^\n]{0,120}){0,6}:send\s{0,2}\(/
        $java_net = /new\s+Sock[e]t\s{0,2}\(/
        $java_run = /(ProcessBuild[e]r\s{0,2}\(|\.ex[e]c\s{0,2}\(\s{0,2}(new\s+String\s?\[\]\s?\{)?)\s{0,2}["'](\/bin\/)?((ba)?s[h]|cmd(\.exe)?)["']|\bString\s{1,3}\w{1,12}\s?=\s?["']\/bin\/(ba)?s[h]["']\s?;/
        $java_pump = /(getInputStr[e]am|getOutputStr[e]am)\s{0,2}\(\)/
        $go_net = /net\.Dial\s{0,2}\(\s{0,2}"(tcp|udp)/
        $go_run = /ex[e]c\.Command\s{0,2}\(\s{0,2}"(\/bin\/)?((ba)?s[h]|cmd(\.exe)?)"/
        $go_pipe = /\.Std(in|out)\s{0,2}(,\s{0,2}\w{1,12}\.Std\w{2,3}\s{0,2}){0,2}=\s{0,2}\w{1,12}/
        $ps_net = /New-Obj[e]ct\s+(System\.)?Net\.Sockets\.TCPCl[i]ent/ nocase
        $ps_run = /(\bi[e]x\b|Invoke-Expr[e]ssion|cmd\.exe|powershell)/ nocase
        $ps_read = /\.GetStr[e]am\s{0,2}\(\)/ nocase
        $c_dup = /dup2\s{0,2}\(\s{0,2}\w{1,20}\s{0,2},\s{0,2}([012]|STDIN_FILENO|i)\s{0,2}\)/
        $c_run = /ex[e]c(ve|l|lp|v|vp)\s{0,2}\(\s{0,2}"\/bin\/(ba)?s[h]"/
        $c_net = /\bconn[e]ct\s{0,2}\(\s{0,2}\w{1,20}\s{0,2},\s{0,2}\(\s{0,2}struct\s+sockaddr/
    condition:
        ($php_net and ($php_run or $php_pair)) or ($ruby_net and $ruby_run) or ($node_net and $node_run and $node_pipe)
        or ($lua_net and $lua_run) or ($java_net and $java_run and #java_pump >= 2) or ($go_net and $go_run and $go_pipe)
        or ($ps_net and $ps_run and $ps_read) or ($c_net and $c_dup and $c_run)
}
