// Bots for denial of service and the worms that spread them. Strings of the public sources that the families are built from.

rule ddos_mirai
{
    meta:
        type = "DDoS"
        score = 92
        family = "Mirai"
        description = "Texts of Mirai and its forks, plain or under the key of the published source"
        reference = "https://malpedia.caad.fkie.fraunhofer.de/details/elf.mirai"
    strings:
        $x1 = "listening tun0" xor(0x22)
        $x2 = "/dev/watchdog" xor(0x22)
        $x3 = "/dev/misc/watchdog" xor(0x22)
        $x4 = "TSource Engine Query" xor(0x22)
        $x5 = "REPORT %s:%s" xor(0x22)
        $x6 = "/bin/busybox " xor(0x22)
        $p1 = "/dev/misc/watchdog"
        $p2 = /\/bin\/busybox\s(M[I]RAI|[A-Z]{3,12})(\r\n|\x00|:)/
        $p3 = /[A-Z]{3,12}: applet not fo[u]nd/
        $p4 = "TSource Engine Query"
        $p5 = /\[(kill[e]r|scann[e]r|telnet)[\/\]]/
        $p6 = "/proc/net/tcp"
        $p7 = /(\/bin\/busybox )?(tft[p] -g -l|wge[t] http)[^\x00]{0,80}(chmod (777|\+x))/
        $p8 = "enable\x00system\x00shell\x00sh"
    condition:
        3 of ($x*) or ($p2 and $p3) or ($p3 and 2 of ($p1, $p4, $p5, $p7, $p8)) or 5 of ($p*)
}

rule ddos_gafgyt
{
    meta:
        type = "DDoS"
        score = 92
        family = "Gafgyt (Bashlite, Qbot)"
        description = "Commands and answers of the Gafgyt bot"
        reference = "https://malpedia.caad.fkie.fraunhofer.de/details/elf.bashlite"
    strings:
        $a2 = /LOLNO[G]TFO/
        $a3 = /GETLOCAL[I]P/
        $a4 = /(SCANN[E]R|TELN[E]T SCAN) (ON|OFF|\| OFF)/
        $a5 = /KILL[A]TTK/
        $a6 = /Killed %d\.\x00|None Kill[e]d\./
        $a7 = /UDP Flood[i]ng|TCP Flood[i]ng|JUNK Flood[i]ng|HOLD Flood[i]ng/ nocase
        $a8 = /\\147\\141\\171\\146\\147\\16[4]/
        $a9 = /(BUILD|My IP:|buf:) %s(:%s)?\x00/
        $a10 = "PONG!"
        $a11 = /REPORT %s:%s:%s/
        $a12 = /\x00(GETSP[O]OFS|BOTK[I]LL|GTFOF[A]G|STOPATT[A]CK|UDPRAW|HTTPFLOOD|STDHEX|VSE)\x00/
    condition:
        3 of them
}

rule ddos_tsunami
{
    meta:
        type = "DDoS"
        score = 92
        family = "Tsunami (Kaiten)"
        description = "Help texts of the Tsunami IRC bot"
        reference = "https://malpedia.caad.fkie.fraunhofer.de/details/elf.tsunami"
    strings:
        $a1 = /NOTICE %s :TSUN[A]MI <target> <secs>/
        $a2 = /NOTICE %s :PA[N] <target> <port> <secs>/
        $a3 = /NOTICE %s :UNKNO[W]N <target> <secs>/
        $a4 = /NOTICE %s :(GETSPO[O]FS|SPOO[F]S <iprange)/
        $a5 = /NOTICE %s :KILL[A]LL/
        $a6 = /NOTICE %s :(Kaiten w[a]|Kaiten WaG)/ nocase
        $a7 = /Tsun[a]mi heading for %s/
        $a8 = /Unknow[n]ing %s|Panning %s/
        $a9 = /NOTICE %s :NICK <nick>/
    condition:
        2 of them
}

rule ddos_xor
{
    meta:
        type = "DDoS"
        score = 92
        family = "XorDDoS"
        description = "Key and files of XorDDoS"
        reference = "https://malpedia.caad.fkie.fraunhofer.de/details/elf.xorddos"
    strings:
        $key = /BB2FA36AAA9541[F]0/
        $cron = "/etc/cron.hourly/gcc.sh" xor(0x00-0x01)
        $lib = /\/lib\/libude[v]4?\.so(\.6)?\x00/
        $pid = "/var/run/gcc.pid"
        $deny = /den[y]ip=/
        $task = "/etc/cron.hourly/udev.sh"
    condition:
        $key and 1 of them or 3 of ($cron, $lib, $pid, $deny, $task)
}

rule ddos_other_bots
{
    meta:
        version = 2
        type = "DDoS"
        score = 90
        family = "BillGates, Muhstik, Kaiji, Chaos, Elknot"
        description = "Names from the code of denial-of-service bots"
        reference = "https://attack.mitre.org/techniques/T1498/"
    strings:
        $b1 = /\d+CAttackT[a]sk|12CUpdateB[i]ll|11CUpdateG[a]tes/
        $b2 = /CThreadAtt[a]ckKernel|CPacketAtt[a]ck|CAttackIc[m]p/
        $b3 = "/tmp/moni.lod" 
        $b4 = "/tmp/gates.lod"
        $k1 = /main\.(ddosk[i]ng|Ares_Tcp|Link_Kill|runkshell|rundingshi|runganran)/
        $k2 = /main\.(DoTask|doT[a]sk|Getip|attack[i]o|Tcpsyn|runbasdiy)/
        $k3 = /\/etc\/id\.serv[i]ces\.conf|\/etc\/opt\.serv[i]ces\.cfg|\/boot\/System\.mo[d]\b|\/etc\/3267[8]\b|\/usr\/lib\/system-mon[i]tor\b|\/etc\/profile\.d\/(bash_c[o]nfig|gatew[a]y)\.sh|libgd[i]\.so\.0\.8|\blinux_k[i]ll\b/
        $h1 = /\bmain_inf[u]nc|main_chkfrozen|main_Synack\b/
        $m1 = /muhst[i]k/ nocase
        $m2 = /(pftp|pty\d{1,2})\x00/
        $m3 = /PRIVMSG %s|NOTICE %s/
    condition:
        2 of ($b*) or ($k1 and $k2) or #k3 > 2 or ($h1 and $k1) or ($m1 and $m2 and $m3)
}

rule worm_of_servers
{
    meta:
        type = "Worm"
        score = 90
        family = "Sysrv, Kinsing, Golang worms, P2PInfect, Lupper"
        description = "Function names of worms that attack servers and start miners there"
        reference = "https://attack.mitre.org/techniques/T1210/"
    strings:
        $k1 = /main\.(redisBr[u]te|mass[c]an|downloadAndEx[e]cute|minerRunn[i]ngCheck|taskWithScanW[o]rker|kins[i]ng|runTaskW[i]thHttp|startCm[d]|getMin[e]rPid|sendSocks)/
        $k2 = /(main|exp)\.\(?\*?(exploit|Exploit|payload)(Redis|Jenkins|Weblogic|Thinkphp|Drupal|Hadoop|Confluence|Postgres|Mysql|Jupyter|XXL)\w{0,20}/ nocase
        $k3 = /main\.(killMin[e]r|checkPr[o]cess|removeRiv|closeOtherM[i]ner|cleanCr[o]n|KillSus|setupMin[e]r|runXmr[i]g)/ nocase
        $s1 = /hello\/(controller|scanner|exploit)\/\w{2,20}/
        $s2 = /\/(scan|exp|exploit|nu)\.\(?\*?(redis|mysql|ssh|jenkins|tomcat|thinkphp|phpunit|weblogic|nexus|supervisord|xxl)\w{0,8}\)?\.(Run|Exec|Exploit|Scan|exploit|scan|Brute)/ nocase
        $r1 = /p2pinf[e]ct|SLAVEOF %s %d.{0,80}system\.exec/ nocase
    condition:
        #k1 >= 3 or ($k1 and ($k2 or $k3)) or (#s1 > 3 and #s2 > 1) or $r1
}
