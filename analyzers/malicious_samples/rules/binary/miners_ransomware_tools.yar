// Miners, ransomware, file infectors, stealers and attack tools as programs.

rule miner_program
{
    meta:
        type = "Miner"
        score = 90
        family = "XMRig and relatives"
        description = "Texts of a cryptocurrency mining program"
        reference = "https://attack.mitre.org/techniques/T1496/"
    strings:
        $a1 = /don[a]te-(level|over-proxy)/
        $a2 = /strat[u]m\+(tcp|ssl|tls):\/\//
        $a3 = /(cryptonigh[t]|cn-heavy\/|cn-pico|rx\/ars[o]|r[x]\/0|random[x]\/0|argon2\/ch[u]kwa|kawp[o]w)/
        $a4 = /XMRi[g]\s?(%s|\d|\/|CC)|xmri[g]\.(json|log)|\/xmri[g]\/|_ZN5xmri[g]/
        $a5 = /(huge[-_ ]pages[-_ ]j[i]t|cpu-max-threads-h[i]nt|randomx[-_](1gb|wrmsr|numa|init|mode)|init-avx2)/
        $a6 = /(mining\.(subscr[i]be|auth[o]rize|submit|notify)|"method":\s?"(login|eth_submitL[o]gin|keepalived)")/
        $a7 = /(ccmin[e]r|cpumin[e]r|minerd|ethmin[e]r|xmr-st[a]k|nanomin[e]r|t-r[e]x|lolMin[e]r|srbm[i]ner|bfgmin[e]r|cgmin[e]r)[ -\/](\d|v\d|multi|%s)/ nocase
        $a8 = /accepted\s?(\(|:\s?)%\w{1,6}\/%\w{1,6}|new job from|share (accepted|rejected)|hashrate|khash\/s/
        $a9 = /(nicehas[h]|minergat[e]|nanop[o]ol|supportx[m]r|moneroo[c]ean|c3p[o]ol|hashva[u]lt|minex[m]r)\.(com|org|stream|pro)/
    condition:
        ($a2 and 2 of ($a1, $a3, $a4, $a5, $a6, $a7, $a8, $a9)) or ($a4 and 2 of ($a1, $a3, $a5)) or ($a6 and $a7 and $a8) or 4 of ($a1, $a3, $a5, $a6, $a8, $a9)
}

rule ransomware_program
{
    meta:
        type = "RansomWare"
        score = 90
        family = "Ransomware for Linux and ESXi"
        description = "A program that encrypts files and leaves a note, or that stops virtual machines to do so"
        reference = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $note1 = /(all )?(of )?your (important |personal )?(files|data|documents|servers?|network|photos)[^\x00]{0,60}(have been|has been|are|were|was) (also )?(stolen and )?encr[y]pted/ nocase
        $note2 = /(restore|recover|decr[y]pt)[^\x00]{0,40}your (files|data|network)|decrypti[o]n (key|tool|software)|how to (restore|recover|decr[y]pt)/ nocase
        $note3 = /(b[i]tcoin|btc wallet|\bmonero\b|tor br[o]wser|torproject\.org|[a-z2-7]{56}\.onion|[a-z2-7]{16}\.onion|protonmail|tutanota|onionmail|tox id)/ nocase
        $vm1 = /esxcl[i] (--formatter=csv )?[^\x00]{0,60}vm process (kill|list)/
        $vm2 = /(vim-cmd vmsvc\/(getallvms|power\.off|snapshot\.removeall)|vmkfst[o]ols -c)/
        $vm3 = /\.(vmdk|vmx|vmsn|vmem|vswp|vmsd|nvram)\x00/
        $enc = /(encr[y]pt(ed|ing|_file|_dir|ion)|\.(enc|lock(ed|bit)?|babyk|akira|conti|royal|black(basta|cat)|hive|cl0p|monti|play|medusa|qilin|rhysida)\x00)/ nocase
        $file = /(README|RESTORE|DECRYPT|RECOVER|HOW[_-]TO|RANSOM)[\w!. -]{0,30}\.(txt|html?|hta)/
        $name = /(conti|b[a]buk|lockb[i]t|akir[a]|blackc[a]t|blackb[a]sta|h[i]vecust|d[a]rkside|r[e]vil|ransom[e]xx|cl0p|avosl[o]cker)_?(v2|encrypt|locker|esxi|linux)/ nocase
    condition:
        ($note1 and $note2 and $note3) or ($note1 and $file and $enc) or (($vm1 or $vm2) and $enc and 1 of ($note1, $note3, $file, $vm3) and filesize < 10MB) or (#name > 1 and $enc)
}

rule virus_of_elf
{
    meta:
        type = "Virus"
        score = 90
        family = "Vit, Bliss, Diesel, RST, Siilov"
        description = "Infects other programs"
        reference = "https://en.wikipedia.org/wiki/Linux_malware"
    strings:
        $vit = /vi32[4]\.tmp/
        $bliss1 = /bl[i]ss was compiled on|--bl[i]ss-uninf[e]ct-files-please|infected by bl[i]ss/
        $diesel = /D[i]esel : Oil, heavy petroleum fraction/
        $rst = /snort[d]os|\/dev\/hdx[12]/
        $rst2 = "ppp0"
        $own = /(infect_(elf|file|dir|elves)|elf_inf[e]ct|parasite_(len|code)|pt_note_to_pt_load|infect_phdr)/
        $own2 = /(original_entry|old_entry|e_entry|patch_elf|host_entry|PT_NOTE)/
    condition:
        $vit or $bliss1 or $diesel or ($rst and $rst2) or (#own > 1 and $own2)
}

rule stealer_program
{
    meta:
        type = "Stealer"
        score = 84
        family = "LaZagne, mimipenguin and relatives"
        description = "Collects stored passwords and keys"
        reference = "https://attack.mitre.org/techniques/T1555/"
    strings:
        $l1 = /laz[a]gne\.(softwares|config)|Th[e] LaZ[a]gne Project/
        $m1 = /mimip[e]nguin|gnome-keyring-d.{0,80}lightdm.{0,200}\$6\$/
        $p1 = /\.aws\/credentials/
        $p2 = /\.ssh\/(id_rsa|id_ed25519)/
        $p3 = /\.docker\/config\.json/
        $p4 = /\.git-credentials/
        $p5 = /(Login Data|logins\.json|key4\.db|Local State|wallet\.dat|\.electrum|exodus\.wallet)/
        $p6 = /\.kube\/config/
        $out = /(api\.telegram\.org\/bot|discord(app)?\.com\/api\/webhooks|webhook\.s[i]te|\.ngrok(-free)?\.(io|app)|transfer\.sh|file\.io|gofile\.io|\.oast\.(fun|live|me|site|pro|online))/
    condition:
        $l1 or $m1 or ($out and 3 of ($p*))
}

rule program_collects_secret_stores
{
    meta:
        type = "Stealer"
        score = 78
        source = "heuristic"
        unowned = true
        description = "Knows where browsers, wallets and command line tools keep their secrets, and sends over the network"
        reference = "https://attack.mitre.org/techniques/T1555/"
    strings:
        $browser = /(Login D[a]ta|Local Extension Sett[i]ngs|logins\.js[o]n|key4\.d[b])/
        $wallet = /(nkbihfbeogaeaoehlefnk[o]dbefgpgknn|exodus\.wall[e]t|\.config\/solan[a]|\.electr[u]m\/|wallet\.d[a]t|Ethereum\/keyst[o]re|atomic\/Local St[o]rage)/ nocase
        $ssh = /\.ssh\/(id_r[s]a|id_ed2551[9])/
        $cloud = /\.aws\/cred[e]ntials|\.kube\/conf[i]g|\.docker\/conf[i]g\.json|\.config\/gclo[u]d/
        $tool = /\.npmr[c]\b|\.pypir[c]\b|\.git-cred[e]ntials|\.cargo\/cred[e]ntials|\.netr[c]\b/
        $send = /(POST |Content-L[e]ngth|multipart\/form-data|api\.telegr[a]m)/
    condition:
        $browser and $wallet and $send and 2 of ($ssh, $cloud, $tool)
}

rule tool_mimikatz
{
    meta:
        type = "Hacktool"
        score = 80
        family = "Mimikatz"
        description = "Reads passwords from the memory of Windows"
        reference = "https://attack.mitre.org/software/S0002/"
    strings:
        $a1 = /sekurls[a]::log[o]npasswords/ nocase ascii wide
        $a2 = /gentilk[i]wi/ nocase ascii wide
        $a3 = /mim[i]katz\(/ nocase ascii wide
        $a4 = /(lsad[u]mp|kerb[e]ros|privil[e]ge|crypt[o])::(dcsync|sam|golden|debug|ptt|secrets)/ ascii wide
        $a5 = /A La Vie, A L'Am[o]ur/ ascii wide
    condition:
        2 of them
}

rule tool_tunnel
{
    meta:
        type = "Proxytool"
        score = 72
        family = "chisel, frp, nps, gost, iox, Stowaway, EarthWorm, ligolo, Neo-reGeorg, ngrok"
        description = "Opens a way from outside into the network"
        reference = "https://attack.mitre.org/techniques/T1572/"
    strings:
        $t1 = /jpillora\/ch[i]sel\/(client|server|share)/
        $t2 = /fatedier\/fr[p]\/(client|server|pkg|cmd)/
        $t3 = /ehang-io\/np[s]\/(client|server|lib|bridge)/
        $t4 = /(ginuerzh|go-gost)\/g[o]st/
        $t5 = /\biox\/(operate|netio|crypto|logger|option)\b/
        $t6 = /Stow[a]way\/(agent|admin|protocol|share)/
        $t7 = /(rss[o]cks|rcs[o]cks|ssoc[k]sd|lcx_sl[a]ve|lcx_tr[a]n)/
        $t8 = /(sysdream|nicocha30|tnpitsecurity)\/lig[o]lo(-ng)?\//
        $t9 = /esrrhs\/(pingt[u]nnel|spp)/
        $t10 = /\bngr[o]k\.com\/(lib|go|cmd)|go\.ngr[o]k\.com/
        $t11 = /inconshreveable\/ngr[o]k/
        $t12 = /snail007\/gopr[o]xy/
    condition:
        #t1 > 2 or #t2 > 2 or #t3 > 2 or #t4 > 2 or #t5 > 2 or #t6 > 2 or #t7 > 3 or #t8 > 2 or #t9 > 2 or #t10 > 2 or #t11 > 2 or #t12 > 2
}

rule tool_scanner
{
    meta:
        type = "Scanner"
        score = 72
        family = "fscan, masscan, zmap, zgrab, nuclei, naabu, kscan, gobuster, pnscan"
        description = "Searches networks for open ports and flaws"
        reference = "https://attack.mitre.org/techniques/T1046/"
    strings:
        $t1 = /shadow1ng\/fsc[a]n\/|fsc[a]n version: /
        $t2 = /[Mm]assc[a]n[ \/]\(?https:\/\/github\.com\/robertdavidgraham|masscan\/1\.\d|--echo[^\x00]{0,40}paused\.conf/
        $t3 = /zmap\/(zg[r]ab2?|zm[a]p|zdns)\/|zm[a]p is being run/
        $t4 = /projectdiscovery\/(nucl[e]i|na[a]bu|httpx)\/(v\d|pkg|internal|cmd)/
        $t5 = /lcvvvv\/ksc[a]n|ksc[a]n\/(app|core|lib)/
        $t6 = /OJ\/gobust[e]r/
        $t7 = /pnsc[a]n(, version)? \[?<?/
        $t8 = /chaitin\/xr[a]y|xr[a]y\/(module|webscan)/
        $t9 = /(ladon|LadonGo)\/(port|smb|brute|exp)/
        $n1 = "NSE: Loaded %d scripts"
        $n2 = /nm[a]p\.org/
    condition:
        #t1 > 1 or ($t2 and #t2 > 1) or #t3 > 2 or #t4 > 2 or #t5 > 2 or #t6 > 2 or ($t7 and #t7 > 1) or #t8 > 2 or #t9 > 2 or ($n1 and $n2)
}

rule tool_of_attackers
{
    meta:
        type = "Hacktool"
        score = 74
        family = "hydra, John the Ripper, hashcat, pspy, CDK, traitor, kubeletctl, peirates, deepce, reptyr-like injectors"
        description = "Breaks passwords, raises privileges or breaks out of containers"
        reference = "https://attack.mitre.org/"
    strings:
        $h1 = /hydr[a]\.restore/
        $h2 = /THC-?\s?hydr[a]|van Hauser\/THC/ nocase
        $j1 = /John the R[i]pper/
        $j2 = /(john\.pot|--wordlist|Loaded %d password hash)/
        $p1 = /dominicbreuker\/psp[y]\//
        $c1 = /cdk-team\/CD[K]\/(pkg|cmd|conf)/
        $t1 = /liamg\/tra[i]tor\//
        $k1 = /cyberark\/kubel[e]tctl|inguardians\/peir[a]tes/
        $s1 = /(sshpr[a]nk|crowb[a]r|medus[a] -h|ncrack)\s[vV]?\d\.\d/
        $b1 = /bloodhoundad\/azureh[o]und|ropnop\/kerbr[u]te/ nocase
        $g1 = /Brute(Force)?(SSH|Redis|Mysql|Mssql|Ftp|Smb|Rdp)\w{0,10}[\s\S]{0,4000}Brute(Force)?(SSH|Redis|Mysql|Mssql|Ftp|Smb|Rdp)/
    condition:
        ($h1 and $h2) or ($j1 and $j2) or #p1 > 2 or #c1 > 2 or #t1 > 2 or #k1 > 2 or $s1 or #b1 > 2 or $g1
}

rule exploit_program
{
    meta:
        type = "Exploit"
        score = 80
        family = "Dirty COW, Dirty Pipe, PwnKit, Looney Tunables, Baron Samedit, nf_tables, runc"
        description = "Uses a known flaw to become root or to leave the container"
        reference = "https://attack.mitre.org/techniques/T1068/"
    strings:
        $c1 = /(procselfmemThr[e]ad|madviseThr[e]ad|d[i]rtyc[o]w|DirtyC[o]w)/
        $c2 = "/proc/self/mem"
        $c3 = /(madvise|ptrace) ?(%d|-?\d+)?(\x00|:)/
        $p1 = /(PIPE_BUF_FLAG_CAN_MERGE|prepare_p[i]pe|d[i]rtyp[i]pe|Dirty ?P[i]pe)/
        $p2 = /(\/etc\/passwd\.bak|suid binary path|splice failed|\/tmp\/passwd\.bak|hijacking suid)/
        $k1 = /GCONV_PATH=\.[\/]?(\x00|pwnk[i]t|value|exploit)?/
        $k2 = /\/?pkex[e]c\x00/
        $k3 = /(CHARSET=|gconv-modules|pwnk[i]t|module  ?UTF-8)/i
        $l1 = /GLIBC_TUNABLES=glibc\.\w{3,12}\.\w{3,20}=glibc\.\w{3,12}\.\w{3,20}=/
        $s1 = /sudoed[i]t\x00/
        $s2 = /(TZ=:|LC_(ALL|CTYPE|MESSAGES|TELEPHONE)=C\.UTF-8@[A-Z]{8,})/
        $s3 = /(libnss_[XxAa]\w{0,4}|X\/P0P_SH[3E]LLZ|P0P_SH[3E]LLZ)/
        $n1 = /(modprobe_path|core_pattern|\/proc\/sys\/kernel\/(modprobe|core_pattern))/
        $n2 = /(KASLR bypass|kaslr (base|leak|bypass)|pop_shell|\[\*\] (STAGE|spray|leak)|\[\+\] (got|we are) root|win!?_?root|fork_server_pwn|commit_cr[e]ds|prepare_kernel_cr[e]d)/ nocase
        $n3 = /(nft_|nf_tables|msg_msg|xt_compat|pipe_buffer|setxattr|userfaultfd|fsconfig|overlay)/
        $r1 = "/proc/self/exe"
        $r2 = /(\[\+\] (Overwritten|Found) .{0,40}(runC|PID|exe)|#!\/proc\/self\/ex[e])/
    condition:
        filesize < 5MB and (($c1 and $c2) or ($c2 and #c3 > 3 and $c1) or ($p1 and $p2) or ($k1 and $k2 and $k3) or $l1 or ($s1 and ($s2 or $s3)) or (#n2 > 1 and $n1 and $n3) or ($r1 and $r2))
}
