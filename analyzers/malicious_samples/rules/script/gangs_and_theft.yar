// Scripts of gangs: bots, worms, theft of credentials, escape from containers, exploits as source.

rule irc_bot_script
{
    meta:
        version = 2
        type = "DDoS"
        score = 90
        family = "ShellBot (PerlBot) and relatives"
        description = "IRC bot written in Perl, Python or PHP that floods targets and runs commands"
        reference = "https://malpedia.caad.fkie.fraunhofer.de/details/pl.shellbot"
    strings:
        $irc = /(PRIVM[S]G|USER\s\$?\w{1,20}\s|NICK\s\$?\w)/
        $join = /\b(JOI[N]|PON[G])\b/
        $flood = /(udp|tcp|http|syn|std|ack)[_ ]?f[l]ood|(@u ?dp|!udp|\.udp|@tcpflood|!stdflood)\b/ nocase
        $shell = /(@p[o]rtscan|@b[a]ck|\bb[a]ckconnect|connectb[a]ck|@sh[e]ll|!ex[e]c|\bsh[e]ll_exec|`\$\w{1,12}`|\$@adms|@adm[s]|\$serv[i]dor|fakepr[o]c)/ nocase
    condition:
        filesize < 200KB and $irc and $join and #flood > 1 and $shell
}

rule credential_theft_script
{
    meta:
        version = 3
        type = "Stealer"
        score = 88
        family = "TeamTNT and relatives"
        description = "Collects credentials of cloud, SSH and containers and sends them away"
        reference = "https://attack.mitre.org/techniques/T1552/001/"
    strings:
        $p1 = /\.aws\/(credenti[a]ls|config)/
        $p2 = /\.ssh\/(id_(r[s]a|dsa|ed25519|ecdsa)|known_hosts|\*)/
        $p3 = /\.docker\/conf[i]g\.json/
        $p4 = /\.git-credenti[a]ls|\.netr[c]\b|\.npmr[c]\b|\.pypir[c]\b/
        $p5 = /\.kube\/conf[i]g|\/var\/run\/secrets\/kubernetes\.io\/serviceaccount\/token/
        $p6 = /169\.254\.169\.25[4]\/(latest\/meta-data\/iam|metadata\/identity)|169\.254\.170\.2|metadata\.google\.internal\/computeMetadata\/v1\/instance\/service-acc[o]unts/
        $p7 = /(\.config\/gcloud|\.azure\/|access_tok[e]ns\.db|application_default_credenti[a]ls)/
        $p8 = /(process\.env\b|os\.env[i]ron\b|printenv|\/proc\/self\/environ|\benv\s?\||\$ENV\b)/
        $p9 = /(\.electrum|wallet\.d[a]t|Login D[a]ta|Local Storage[\/\\]{1,2}leveldb|logins\.json|\.bitcoin|Exodus|metam[a]sk)/i
        $out1 = /cur[l]\s[^\n]{0,120}(-F\s|--form|-T\s|--upload-file|--data(-binary)?\s?@|-d\s{0,2}@|-X\s?POST)[^\n]{0,200}(https?:\/\/)?((\d{1,3}\.){3}\d{1,3}|api\.telegr[a]m|disc[o]rd|webh[o]ok|transf[e]r\.sh|file\.io|ngr[o]k|0x0\.st|\$\w{1,20})/
        $out2 = /(disc[o]rd(app)?\.com\/api\/webhooks|webh[o]ok\.site|api\.telegr[a]m\.org\/bot|\.ngr[o]k(-free)?\.(io|app)|\.(oast\.(fun|live|me|site|pro|online)|burpcollaborator\.net|interact\.sh|pipedream\.net|requestbin\.(com|net))|hookbin\.com)/
        $cluster = /kubernetes\.io\/serviceaccount\/tok[e]n[\s\S]{0,600}\/api\/v1\/(namespaces\/\S{1,40}\/)?secr[e]ts\b/
        $scanner = /truffleh[o]g\/releases\/download|["'`\/]truffleh[o]g["'`]/
        $grabs = /\[\\w-\]\{2\d\}\\\.\[\\w-\]\{6\}/
        $key_read = /(readFile(Sync)?|read_text|open|File\.read)\s{0,2}\([^\n]{0,80}\.ss[h]\/id_(r[s]a|ed25519)\b/
        $out3 = /cur[l]\s[^\n]{0,120}(-F\s|--form|-T\s|--upload-file|--data(-binary)?\s?@|-d\s{0,2}@)[^\n]{0,120}https?:\/\/(\d{1,3}\.){3}\d{1,3}/
    condition:
        ($cluster and ($out2 or $out3)) or (filesize < 64KB and $key_read and $out2) or ($out2 and 2 of ($p1, $p2, $p3, $p4, $p5, $p6, $p7, $p9)) or (filesize < 64KB and $out2 and $p8 and 1 of ($p1, $p2, $p3, $p4, $p5, $p6, $p7, $p9)) or ($out1 and 3 of ($p1, $p2, $p3, $p4, $p5, $p6, $p7, $p9))
        or (filesize < 1MB and $out2 and (($scanner and $p8) or ($grabs and $p9)))
}

rule environment_sent_away
{
    meta:
        version = 4
        type = "Stealer"
        score = 82
        family = "Malicious package"
        description = "Sends the environment or the host's identity to a collecting service"
        reference = "https://attack.mitre.org/techniques/T1041/"
    strings:
        $what = /(JSON\.stringify\s?\(\s?process\.env\s?\)|dict\s?\(\s?os\.env[i]ron\s?\)|json\.dumps\s?\([^\n)]{0,40}os\.env[i]ron(\.copy\(\)|\.items\(\))?\s?[)},]|str\s?\(\s?os\.env[i]ron|os\.env[i]ron\.copy\(\)|\benv\s?\|\s?(base64|curl|xxd)|os\.hostname\(\)[\s\S]{0,200}os\.userInfo|getpass\.getuser\(\)[\s\S]{0,200}(gethostname|platform\.node))/
        $packed = /Buff[e]r\.from\s?\(\s?JSON\.stringify\s?\(\s?process\.env\s?\)\s?\)\.toStr[i]ng\s?\(\s?["'](hex|base64)/
        $node_out = /\bhttps?\.request\s?\(|\bfetch\s?\(|\baxios\.post\s?\(|\bdns\.\w{3,10}\s?\(/
        $python_all = /\bfor\s+\w{1,20}\s?,\s?\w{1,20}\s+in\s+os\.envir[o]n\.items\s?\(\s?\)/
        $python_packed = /\b(b64enc[o]de|hexl[i]fy)\s?\(/
        $python_out = /\b(requests\.(get|post)|urlopen)\s?\(/
        $ruby_all = /\bENV\.to_h(ash)?\b[\s\S]{0,200}(\.ss[h]\/id_|Socket\.gethostname|`(whoami|hostname|id)`)|(\.ss[h]\/id_|Socket\.gethostname|`(whoami|hostname|id)`)[\s\S]{0,200}\bENV\.to_h(ash)?\b/
        $ruby_out = /\bNet::HTTP\.(post|get|start)|\bURI\.open\s?\(|\bFaraday\.post/
        $workflow = /toJ[S]ON\s?\(\s?secr[e]ts\s?\)/
        $workflow_out = /(\bcur[l]|\bwge[t]|Invoke-(WebR[e]quest|RestM[e]thod))\s[^\n]{0,200}https?:/
        $where = /(disc[o]rd(app)?\.com\/api\/webhooks|webh[o]ok\.site|api\.telegr[a]m\.org\/bot|\.ngr[o]k(-free)?\.(io|app)|\.(oast(ify)?\.(fun|live|me|site|pro|online|com)|burpcollaborator\.net|interact\.sh|m\.pipedream\.net|requestbin\.(com|net))|hookbin\.com|\.dnslog\.cn|\.ceye\.io)/
    condition:
        ($what and $where) or ($packed and $node_out) or (filesize < 20KB and $python_all and $python_packed and $python_out) or ($ruby_all and $ruby_out) or ($workflow and $workflow_out)
}

rule worm_script
{
    meta:
        version = 3
        type = "Worm"
        score = 88
        family = "SSH worms of mining gangs, Shai-Hulud"
        description = "Copies itself to every host or package it can reach"
        reference = "https://attack.mitre.org/techniques/T1570/"
    strings:
        $hosts = /(known_h[o]sts|authorized_k[e]ys|\.bash_h[i]story|\/etc\/h[o]sts)/
        $ssh = /ss[h]\s[^\n]{0,60}-o\s{0,2}(BatchMode=yes|StrictHostKeyCheck[i]ng=no|ConnectTimeout)[^\n]{0,240}(cur[l]|wge[t])\s[^\n]{1,200}(\|\s{0,3}(ba)?s[h]|chmod)/
        $loop = /\bdone\b/
        $hulud = /Sha[i]-?Hul[u]d/ nocase
        $hulud2 = /(trufflehog|\bnpm\s+publish|webhook\.site|\/user\/repos|discussion\.ya?ml)/ nocase
        $redis = /(config\s+set\s+dir\s+["']?\/(var\/spool\/cron|etc\/cron|root\/\.ssh)|slaveof\s+\S{1,60}\s+\d)/ nocase
        $redis_called = /config_set\s?\(\s?["']dir["']\s?,\s?["']\/(root\/\.ss[h]|home\/\w{1,20}\/\.ss[h]|var\/spool\/cr[o]n|etc\/cr[o]n)[\s\S]{0,400}\.(save|bgsave)\s?\(/
        $redis_loop = /(redis-cli\s[^\n]{0,60}-h\s?["']?\$|masscan\s[^\n]{0,120}6379|pnscan\s[^\n]{0,120}6379)/
    condition:
        ($hosts and $ssh and $loop) or ($hulud and $hulud2) or ($redis and $redis_loop) or $redis_called
}

rule container_escape_script
{
    meta:
        version = 2
        type = "Exploit"
        score = 80
        family = "release_agent, core_pattern, Docker socket"
        description = "Leaves a container through cgroups, the kernel's helpers or an exposed Docker"
        reference = "https://attack.mitre.org/techniques/T1611/"
    strings:
        $a1 = /(>\s{0,2}\S{0,60}\/release_ag[e]nt|>\s{0,2}\S{0,60}\/notify_on_rel[e]ase)/
        $a2 = /(cgr[o]up\.procs|mount\s+-t\s+cgr[o]up)/
        $a3 = /(upperdir=|host_path|\/etc\/mtab)/
        $c1 = /(cur[l]|doc[k]er)\s[^\n]{0,80}(-H\s+(tcp:\/\/)?\S{4,60}|--unix-socket\s+\/var\/run\/docker\.sock)[^\n]{0,200}(--privileged|Privileged["']?:\s?true|-v\s+\/:\/\w|["']\/:\/\w{1,12})[^\n]{0,200}(chr[o]ot|cur[l]|crontab|authorized_k[e]ys)/
        $core = /\|[^\n|]{1,80}>\s{0,2}\S{0,20}\/proc\/sys\/kernel\/core_patt[e]rn/
        $r1 = /#!\/proc\/self\/ex[e]/
        $r2 = /(runc|RunC|CVE-2019-573[6])/
    condition:
        (#a1 > 1 and $a2 and $a3) or $c1 or ($core and $a3) or ($r1 and $r2)
}

rule exploit_source
{
    meta:
        type = "Exploit"
        score = 78
        family = "Dirty COW, Dirty Pipe, PwnKit, Looney Tunables, Baron Samedit, Log4Shell, Spring4Shell, Confluence"
        description = "Source of a known exploit"
        reference = "https://attack.mitre.org/techniques/T1068/"
    strings:
        $cow1 = /(procselfmemThr[e]ad|madviseThr[e]ad)/
        $cow2 = /MADV_DONTN[E]ED/
        $pipe1 = /PIPE_BUF_FLAG_CAN_M[E]RGE/
        $pipe2 = /\bsplice\s?\(/
        $pipe3 = /(prepare_p[i]pe|\/etc\/passwd|suid)/
        $kit1 = /GCONV_PATH=\.(\/|["'])/
        $kit2 = /pkex[e]c/
        $tun = /GLIBC_TUNABLES=glibc\.\w{3,12}\.\w{3,20}=glibc\.\w{3,12}\.\w{3,20}=/
        $sudo1 = /sudoed[i]t["'\s,]{1,6}-s/
        $sudo2 = /(LC_\w{2,12}=C\.UTF-8@|libnss_[xX]\/)/
        $log4j1 = /\$\{jnd[i]:(ldaps?|rmi|dns|iiop):\/\//
        $log4j2 = /(marshalsec|LDAPRefS[e]rver|JNDI-?Expl[o]it|javaFactory|javaCodeBase)/
        $spring = /class\.module\.classLoader\.resources\.context\.parent\.pip[e]line\.first\.(pattern|suffix)/
        $msf1 = /class\s+Metasploit(Mod[u]le|3)\s+<\s+Msf::(Expl[o]it|Auxiliary|Post)/
    condition:
        ($cow1 and $cow2) or ($pipe1 and $pipe2 and $pipe3) or ($kit1 and $kit2) or $tun or ($sudo1 and $sudo2) or ($log4j1 and $log4j2) or #spring > 1 or $msf1
}

rule persistence_by_script
{
    meta:
        version = 5
        type = "Trojan"
        score = 86
        family = "Persistence through preload, keys and cron"
        description = "Puts a library before all programs, or adds a key or a scheduled fetch for an attacker"
        reference = "https://attack.mitre.org/techniques/T1574/006/"
    strings:
        $preload = /(echo|printf|tee)\s[^\n]{0,120}(\.so\b)[^\n]{0,40}>{1,2}\s{0,2}["']?\/etc\/ld\.so\.prel[o]ad/
        $lib = /(\/tmp\/|\/dev\/shm\/|\/usr\/local\/lib\/|\/etc\/)[\w.-]{1,40}\.so\b/
        $fetch = /\b(cur[l]|wge[t])\s/
        $made = /\b(gcc|cc|clang)\s[^\n]{0,120}-sh[a]red\b/
        $second_root = /\b(user[a]dd|addus[e]r)\s[^\n]{0,80}(-o\s+(-u|--uid)[ =]?0|(-u|--uid)[ =]?0\s+(-o|--non-unique)|-ou\s?0)\s/
        $login = /(chpassw[d]|passw[d]\s+--stdin|NOPASSW[D]\s?:)/
        $hide = /(chattr\s+\+[ia]|history\s+-c|unset\s+HISTFILE|touch\s+-r|rm\s+-rf?\s+["']?\$0)/
        $key = /echo\s[^\n]{0,20}ss[h]-(rsa|ed25519)\s[^\n]{60,900}>{1,2}\s{0,2}\S{0,40}authorized_k[e]ys/
        $key_fetched = /\b(cur[l]|wge[t])\s[^\n|;]{1,200}>{1,2}\s{0,2}["']?\S{0,40}authorized_k[e]ys/
        $preload_hidden = /\bLD_PREL[O]AD=["']?\/(tmp|var\/tmp|dev\/shm)\/(\S{1,60}\/)?\.\w/
        $suid = /\bcp\s+(-\w+\s+)?(\/usr)?\/bin\/(ba|da)?s[h]\s+\S{1,80}\s{0,2}(;|&&|\n)[^\n]{0,120}chm[o]d\s+(\S{0,3}\+\w{0,3}s|[46][0-7]{3})\s/
        $sudo = /NOPASSW[D]:\s?ALL[^\n]{0,20}>{1,2}\s?["']?\/etc\/sudoers/
        $traces = /(history\s+-c\b|unset\s+HISTFILE)/
        $perfctl = /libgcwr[a]p\.so|\bAAZH[D]E\b|\/tmp\/\.perf\.[c]\b|\/tmp\/\.xd[i]ag\b/
        $pam = /\b(cur[l]|wge[t])\s[^\n]{1,200}-[oO]\s?["']?(\/usr)?\/lib[\w\/.-]{0,60}\/security\/pam_\w{2,20}\.so/
        $key_kept = /=["']ss[h]-(rsa|ed25519|dss)\s\S{50,}/
        $key_into = />{1,2}\s{0,2}["']?\S{0,40}authorized_k[e]ys/
        $account = /echo\s[^\n]{1,60}:0:0:[^\n]{0,80}>>\s{0,2}\/etc\/passw[d]\b/
        $cron = /(\(?\s?crontab\s+-l[^\n]{0,80};\s{0,2})?echo\s[^\n]{0,40}(\*|@reboot)[^\n]{0,120}(cur[l]|wge[t])\s[^\n]{0,200}\|\s{0,2}(ba)?s[h][^\n]{0,60}(crontab|>{1,2}\s{0,2}\/(etc|var\/spool)\/cron)/
    condition:
        ($preload and $lib and ($fetch or $hide or $made)) or ($second_root and $login) or ($key_fetched and $hide) or $preload_hidden or $suid or ($sudo and $traces) or ($key and ($hide or $account)) or $cron or #perfctl > 1 or ($pam and $hide) or ($key_kept and $key_into and $hide)
}

rule package_install_hook
{
    meta:
        version = 2
        type = "Downloader"
        score = 78
        source = "heuristic"
        unowned = true
        description = "A package that fetches code, or runs hidden code, when it is installed"
        reference = "https://attack.mitre.org/techniques/T1195/001/"
        code = true
    strings:
        $setup = /(from\s+setuptools|from\s+distutils|setuptools\.setup|cmdclass\s?=)/
        $run = /\b(ex[e]c|e[v]al)\s{0,2}\(\s{0,2}(__import__|base64|zlib|requests|urllib|bytes\.fromhex|codecs|marshal)/
        $shell = /(os\.s[y]stem|subprocess\.\w{3,20})\s{0,2}\([^\n]{0,60}(cur[l]|wge[t]|powersh[e]ll|ba[s]h -c|python\d? -c)[^\n]{0,200}(https?:\/\/|base64|\|\s?(ba)?sh)/
    condition:
        $setup and ($run or $shell)
}

rule keys_sent_to_an_address
{
    meta:
        version = 2
        type = "Stealer"
        score = 78
        source = "heuristic"
        unowned = true
        description = "Sends wallets, saved logins or cloud keys to a bare address"
        reference = "https://attack.mitre.org/techniques/T1041/"
        code = true
        confirm = "theft"
    strings:
        $wallet = /(wallet\.d[a]t\b|\.electr[u]m\/wallets|\.ethereum\/keyst[o]re|keystore\/UTC--|\.config\/solana\/id\.js[o]n|exodus\.w[a]llet|nkbihfbeogaeaoehlefnk[o]dbefgpgknn|Local Extension Sett[i]ngs|Login D[a]ta\b|key4\.d[b]\b|logins\.js[o]n)/
        $cloud = /(\.aws\/credenti[a]ls|\.kube\/conf[i]g|\.docker\/conf[i]g\.json|\.git-credenti[a]ls|application_default_credenti[a]ls|\.ssh\/id_(r[s]a|dsa|ed25519|ecdsa)\b|kubernetes\.io\/serviceaccount\/tok[e]n|169\.254\.169\.25[4]\/(latest\/meta-data\/iam|metadata\/identity)|metadata\/identity\/oauth2\/tok[e]n|AWS_CONTAINER_CREDENTI[A]LS_RELATIVE_URI|metadata\.google\.internal\/computeMetadata\/v1\/instance\/service-acc[o]unts)/
    condition:
        filesize < 1MB and any of them
}

rule login_backdoor
{
    meta:
        type = "Backdoor"
        score = 78
        source = "heuristic"
        unowned = true
        description = "Hands on the passwords of those who log in, or lets anybody in"
        reference = "https://attack.mitre.org/techniques/T1556/003/"
        code = true
    strings:
        $hidden = /\bpam_ex[e]c\.so\s[^\n]{0,80}\s(\/(tmp|var\/tmp|dev\/shm)\/\S{1,60}|\/\S{0,80}\/\.\w)/
        $sent = /\b(cur[l]|wge[t]|nca[t]|n[c])\s[^\n]{0,200}\$\{?PAM_U[S]ER[^\n]{0,120}\b(p|pw|pass|passw|passwd|password|pwd|tok|authtok)=\$\{?[a-zA-OQ-Z]/
        $kept = /(echo|printf)\s[^\n]{0,80}\$\{?PAM_U[S]ER[^\n]{0,60}[:;,| ]\$\{?[a-zA-OQ-Z]\w{0,20}[^\n]{0,20}>>\s?["']?\/\S{1,100}/
        $anybody = /\bsed\s[^\n]{0,80}auth\s+suff[i]cient\s+pam_p[e]rmit\.so[^\n]{0,80}\/pam\.d\//
        $echoed = /(echo|printf)\s[^\n]{0,40}auth\s+suff[i]cient\s+pam_p[e]rmit\.so[^\n]{0,40}>{1,2}\s?\/etc\/pam\.d\//
        $fixed = /strcmp\s?\(\s?\w{1,12},\s?"[^"\n]{3,40}"\s?\)\s?==\s?0\s?\)\s{0,4}\{?\s{0,8}(retval\s?=|return)\s{0,2}PAM_SUCC[E]SS/
    condition:
        any of them
}

rule flood_script
{
    meta:
        type = "DDoS"
        score = 76
        source = "heuristic"
        unowned = true
        description = "Floods an address with packets to ports at random"
        reference = "https://attack.mitre.org/techniques/T1498/"
        code = true
    strings:
        $datagram = /SOCK_DGR[A]M/
        $port = /\(r[a]nd\(6\d{4}\)|\br[a]ndint\(\d{1,4},\s?65\d{3}\)/
        $send = /\bs[e]nd\w{0,2}\s?\(\s?\$?\w{1,12}\s?,\s?pack\s?\(|\.s[e]ndto\s?\(/
        $filler = /pack\(\s?["']a\$\w|_ur[a]ndom\(\d{3,5}\)|\brandbyt[e]s\(\d{3,5}\)/
    condition:
        filesize < 64KB and all of them
}
