// Cryptocurrency miners: configuration, start commands and scripts.

private rule pool_address
{
    strings:
        $stratum = /strat[u]m\d?\+?(tcp|ssl|tls|tcps|udp)?:\/\/[\w.${}\[\]-]{3,80}/ nocase
        $host = /\b[\w.-]{0,40}(minex[m]r|supportx[m]r|moneroo[c]ean|nanop[o]ol|c3p[o]ol|hashva[u]lt|xmrp[o]ol|nicehas[h]|2min[e]rs|f2p[o]ol|unmin[e]able|herom[i]ners|minerg[a]te|monerop[o]ol|dwarfp[o]ol|ethermin[e]|flexp[o]ol|rabb[i]d\.pool|gulf\.moneroo|crypto-pool|pool\.m[i]nexmr|zerg[p]ool|kryptex|skyp[o]ol|woolyp[o]oly|antp[o]ol|poolin|viab[t]c|mining-dutch|prohashing|zpool|monerohash|bohemianp[o]ol|xmr\.pt|usxmrp[o]ol)\.(com|org|net|io|stream|pro|ca|fr|cc|rs|pt|eu|in|us|pool)(:\d{2,5})/ nocase
    condition:
        any of them
}

rule miner_configuration
{
    meta:
        version = 4
        type = "Miner"
        score = 90
        family = "XMRig and relatives"
        description = "Configuration of a cryptocurrency miner with its pool"
        reference = "https://xmrig.com/docs/miner/config"
    strings:
        $donate = /["']?don[a]te-(level|over-proxy)["']?\s{0,4}[:=]/ nocase
        $algo = /["']?(algo|coin|algorithm)["']?\s{0,4}[:=]\s{0,4}["']?(r[x]\/|c[n]\/|c[n]-|cryptonigh[t]|randomx|argon2\/chukwa|kawp[o]w|eth[a]sh|etch[a]sh|m[o]nero|scrypt|autolykos|ghostrider)/ nocase
        $randomx = /["']?random[x]["']?\s{0,4}:\s{0,4}\{/ nocase
        $rig = /["']?(rig-id|nicehash|worker-id|wallet_?address|hugepages|huge-pages-jit|max-cpu-usage|cpu_threads_conf|pool_(address|password|weight|list)|wallet)["']?\s{0,4}[:=]/ nocase
        $user = /["'](user|wallet|wallet_address|username)["']\s{0,4}:\s{0,4}["'](4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}|4[0-9A-Za-z]{80,120}|0x[0-9a-fA-F]{40}|[13bc][0-9A-Za-z]{25,60}\.)/
        $monero = /["'](user|wallet|wallet_address|username)["']\s{0,4}:\s{0,4}["'][48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
        $place = /["'](url|pool|host)["']\s{0,4}:\s{0,4}["'][\w.-]{4,80}:\d{2,5}["']/
    condition:
        (pool_address and (2 of ($donate, $algo, $randomx, $rig, $user) or #rig > 1)) or ($place and $monero and 1 of ($donate, $algo, $randomx, $rig)) or ($place and $user and 2 of ($donate, $algo, $randomx))
}

rule miner_command
{
    meta:
        version = 5
        type = "Miner"
        score = 88
        family = "XMRig and relatives"
        description = "Starts a cryptocurrency miner with its pool"
        reference = "https://attack.mitre.org/techniques/T1496/"
        code = true
        shell = true
    strings:
        $named = /\b(xmri[g](-notls|DaemonP|CC)?|xmr-st[a]k(-\w+)?|c[p]uminer(-\w+)?|minerd|ccmin[e]r|ethmin[e]r|t-r[e]x|nbmin[e]r|lolMin[e]r|phoenixmin[e]r|teamredmin[e]r|gmin[e]r|srbmin[e]r(-multi)?|cgmin[e]r|bfgmin[e]r|claymore|nanomin[e]r|wildr[i]g|cryptodr[e]dge|xmr-node-pr[o]xy|stak-cpu)\b[^\n]{0,200}\s(-o|--url|-P|--pool|--server|-S)[\s=]{0,2}["']?(strat[u]m|\w[\w.-]{3,80}:\d{2,5})/ nocase
        $flags = /\s["']?(--don[a]te-level|--random[x]-(mode|1gb-pages)|--cpu-max-threads-hint|--coin[ =](m[o]nero|xmr)|-a\s+(r[x]\/0|cryptonigh[t]|randomx)|--algo(rithm)?[ =](r[x]\/0|randomx|cryptonigh[t]))/ nocase
        $wallet = /\s(-u|-w|--user|-wal|--wallet)[\s=]{1,2}["']?(4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}|\$\{?\w*WALLET|(\w{3,10}:)?[\w.@-]{20,120})/ nocase
        $monero = /\s(-u|--user|-wal|--wallet)[\s=]{1,2}["']?[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
        $argument = /["']--(us[e]r|wall[e]t)[= ][48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
        $named_wallet = /\b(WALLET|ADDRESS|ADDR|USER|XMR|wallet|addr)\w{0,8}=["']?[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
        $pool = /\s(-o|--url|-P|--pool|--server|-S)[\s=]{1,2}["']?strat[u]m\+?\w{0,4}:\/\// nocase
    condition:
        $named or (pool_address and ($flags or $pool) and $wallet) or ($pool and $flags) or (any of ($monero, $argument, $named_wallet) and $flags) or #flags > 1
}

rule miner_in_browser
{
    meta:
        type = "Miner"
        score = 84
        family = "Coinhive and relatives"
        description = "Mines in the browsers of visitors"
        reference = "https://attack.mitre.org/techniques/T1496/"
    strings:
        $new = /new\s+(CoinH[i]ve|CoinI[m]p|Client|deepM[i]ner|CryptoL[o]ot|JSEC[o]in)\s?\.\s?(Anonymous|User|Token)\s?\(/
        $host = /(coinh[i]ve|coin-h[i]ve|crypto-l[o]ot|cryptal[o]ot|webm[i]nepool|minero\.c[c]|jsec[o]in|coin[i]mp|deepm[i]ner|authedm[i]ne|ppoi|monerom[i]ner\.rocks)[\w.]{0,20}\/[\w\/.-]{0,60}\.js/ nocase
    condition:
        $new and $host
}

rule miner_removes_rivals
{
    meta:
        type = "MalScript"
        score = 90
        family = "Kinsing, TeamTNT, WatchDog, 8220 and relatives"
        description = "A script that removes rival miners and the provider's guard, as mining gangs do"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
    strings:
        $kill = /\b(p?kill(all)?|pgrep|grep)\b[^\n]{0,60}(kdevt[m]pfsi|kins[i]ng|xmri[g]|kthredd[s]|sysupd[a]te|networkserv[i]ce|cryptonigh[t]|mine[r]d|ddg[s]|watchb[o]g|dbus[e]d|zzh\b|\/tmp\/java|kerberods|stratum|nanop[o]ol|c3p[o]ol|masscan|zgrab|pnscan|biosetjenkins|loopback|solrd)/
        $aegis = /(aegis_cl[i]ent|AliYun[D]un|ali[y]un\.service|aegis_upd[a]te|quartz_un[i]nstall|\/usr\/local\/(aegis|qcloud|cloudmonitor)|YunJ[i]ng|barad_ag[e]nt|stargate\/admin|bcm-si|cloudResetPwdUpdateAgent)/
        $chattr = /chattr\s+-[ia]{1,3}\s+[^\n]{0,40}(\/etc\/ld\.so\.preload|\/var\/spool\/cron|\/etc\/crontab|authorized_keys|\/etc\/cron)/
        $cron = /(crontab\s+-r\b|echo\s+[^\n]{0,120}(curl|wget)[^\n]{0,160}(crontab|\/var\/spool\/cron|\/etc\/cron))/
        $logs = /(echo\s+(0|["']{2})?\s?>\s?|>\s?|rm\s+-rf?\s+|cat\s+\/dev\/null\s?>\s?)\/var\/(log\/(wtmp|secure|syslog|lastlog|cron)|spool\/mail\/root)/
        $guard = /(setenforce\s+0|SELINUX=disabled|ufw\s+disable|iptables\s+-F|sysctl\s+-?w?\s?kernel\.nmi_watchdog=0|sysctl\s+-w\s+vm\.nr_hugepages=|unset\s+HISTFILE|HISTSIZE=0|modprobe\s+msr\s+allow_writes=on)/
        $rival = /netstat\s+-\w+\s?\|\s?grep\s+[^\n|]{1,60}\|\s?awk[^\n]{0,80}xargs[^\n]{0,20}kill\s+-9/
    condition:
        4 of them or ($aegis and 2 of ($kill, $chattr, $cron, $logs, $guard, $rival)) or (#kill > 5 and 1 of ($aegis, $chattr, $cron, $logs, $rival))
}
