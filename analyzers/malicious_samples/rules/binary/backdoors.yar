// Backdoors, rootkits and stolen or poisoned system software.

rule backdoor_bpfdoor
{
    meta:
        type = "Backdoor"
        score = 92
        family = "BPFDoor"
        description = "Files and commands of the BPFDoor implant"
        reference = "https://attack.mitre.org/software/S1161/"
    strings:
        $pid = /\/var\/run\/(haldr[u]nd|kdevr[u]nd|xinetd\.lock|hp-h[e]alth)\.?(pid|lock)?/
        $nat = /iptables -t nat -[AD] PREROUTING -p tcp -s %s --dport %d -j REDIR[E]CT --to-ports %d/
        $input = /iptables -[ID] INPUT -p tcp -s %s -j ACC[E]PT/
        $copy = /\/bin\/rm -f \/dev\/shm\/%s;\/bin\/cp %s \/dev\/s[h]m\/%s/
        $word = /\x00just[f]orfun\x00|\x00sock[e]t\x00justr/
        $names = /(\/sbin\/udevd -d|hald-addon-acpi: listening on acpi kernel interface|pickup -l -t fifo -u|avahi-daemon: chroot helper|dbus-daemon --system)\x00/
        $ttl = "ttcompat"
    condition:
        2 of ($pid, $nat, $copy, $word) or ($nat and $input) or (#names >= 3 and 1 of ($pid, $copy, $input, $word, $ttl))
}

rule backdoor_xz
{
    meta:
        type = "Backdoor"
        score = 98
        family = "XZ Utils 5.6.0 and 5.6.1 (CVE-2024-3094)"
        description = "Machine code of the backdoor that was put into liblzma"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2024-3094"
    strings:
        $code = { F3 0F 1E FA 55 48 89 F5 4C 89 CE 53 89 FB 81 E7 00 00 00 80 48 83 EC 28 48 89 54 24 18 48 89 4C 24 10 }
        $stop = /yolAbejyiejuvnup=Evjtgvsh5okmk[A]vj/
    condition:
        any of them
}

rule backdoor_other_implants
{
    meta:
        type = "Backdoor"
        score = 90
        family = "Pupy, Sliver, Merlin, geacon, CrossC2, Mettle, Rekoobe, TinyShell, Winnti, Krasue, Symbiote, OrBit"
        description = "Names from the code of remote control implants"
        reference = "https://attack.mitre.org/tactics/TA0011/"
    strings:
        $mettle1 = /mettles[p]loit|METTLE_L[O]G|libmettl[e]/
        $mettle2 = /core_(channel_open|set_session_gu[i]d|negotiate_tlv_encr)/
        $sliver1 = /bishopf[o]x\/sliver\/(implant|protobuf)/
        $merlin1 = /Ne0nd0g\/merl[i]n(-agent)?\//
        $geacon = /geac[o]n\/(cmd\/|core|config|packet)/
        $cross = /CrossC[2]|cc2_(rebind|frp)_/
        $pupy = /pupyimp[o]rter|reflective_inj[e]ct_dll.{0,200}pup[y]/
        $tsh1 = /tsh\.(conf|sync)[^\x00]{0,30}\x00|pel_server_in[i]t/
        $tsh2 = /HISTFILE=\x00|exec bash --login/
        $tsh3 = { 58 90 AE 86 F1 B9 1C F6 29 83 95 71 1D DE 58 0D }
        $sym = /(certbotx6[4]|javanodex[6]4|kerneldev\.so\.bk[p]|search\.so\.b[k]|mozillax6[4])/
        $orbit = /libntpVnQE6m[k]|0lib[n]tpVnQ/
        $havoc = /(demon|havoc)_(transport|beacon)_(conn|check)/ nocase
        $mythic = /MythicAg[e]nts\/|poseid[o]n\/Payload_Type/
        $vshell = /vsh[e]ll\/(client|agent)|supersh[e]ll\/(rssh|internal)/
        $rssh = /NHAS\/reverse_s[s]h/
        $platypus = /WangYihang\/Pl[a]typus/
    condition:
        ($mettle1 and $mettle2) or #sliver1 >= 3 or #merlin1 >= 2 or $geacon or $cross or $pupy or ($tsh1 and $tsh2) or ($tsh2 and $tsh3) or 2 of ($sym, $orbit)
        or #sym >= 2 or $orbit or $havoc or $mythic or $vshell or #rssh >= 2 or #platypus >= 2
}

rule payload_of_metasploit
{
    meta:
        type = "Trojan"
        score = 90
        family = "Metasploit payload for Linux"
        description = "A small program that only opens a connection and runs what comes back"
        reference = "https://docs.metasploit.com/"
    strings:
        $x86 = { 31 DB F7 E3 53 43 53 6A 02 (B0 | 6A) 66 [0-1] 89 E1 CD 80 }
        $x86_loop = { 6A 0A 5E 31 DB F7 E3 53 43 53 6A 02 B0 66 89 E1 CD 80 97 5B 68 }
        $x64 = { 6A 29 58 99 6A 02 5F 6A 01 5E 0F 05 48 97 48 B9 02 00 }
        $x64_stage = { 31 FF 6A 09 58 99 B6 10 48 89 D6 4D 31 C9 6A 22 41 5A [0-4] 07 0F 05 }
        $x64_shell = { 6A 3B 58 99 48 BB 2F 62 69 6E 2F 73 68 00 }
        $arm = { 02 00 A0 E3 01 10 A0 E3 ?? 20 (A0 | 81 | 22) ?? [0-12] 8C 70 8? E2 00 00 00 EF }
    condition:
        filesize < 100KB and any of them
}

rule rootkit_of_kernel
{
    meta:
        version = 2
        type = "Rootkit"
        score = 92
        family = "Diamorphine, Reptile, Suterusu, Adore, KoviD, Puszek, Drovorub, Skidmap"
        description = "Kernel module that hides processes and files"
        reference = "https://attack.mitre.org/techniques/T1014/"
    strings:
        $d1 = /diam[o]rphine_(init|cleanup|secret)?/
        $d2 = /hacked_(getd[e]nts(64)?|k[i]ll)\b/
        $d3 = /is_inv[i]sible\x00/
        $d4 = /module_(hide|show|hidden)\x00/
        $r1 = /\/rept[i]le\/(reptile_)?(cmd|start|shell|rc)|reptile_(mod[u]le|init|shell)/
        $r2 = /khook_(init|cleanup|[a-z_]*lookup|fillonedir|filldir)/
        $r3 = /(hide_m[o]dule|is_proc_inv[i]sible|flag_t[a]sks|hide_pr[o]c|tcp_show_port_h)/
        $a1 = /(adore-ng|ador[e]_(init|hide)|hijack_sysc[a]ll|patch_sysc[a]ll_table|n_tcp4_seq_show|new_(filldir|proc_readdir|getdents)\x00)/
        $a2 = /(hide_(promisc|tcp4?_port|udp4?_port|filldir|proc)\x00|unhide_(file|tcp4?_port|udp4?_port))/
        $k1 = /(kovid_|kv_h[i]de_|fh_install_h[o]ok|fh_remove_h[o]ok|hook_(getd[e]nts64|tcp4_seq_show|kill))/
        $mod = /\x00vermagic=/
        $table = /\x00(sys_call_t[a]ble|kallsyms_lookup_n[a]me)\x00/
        $root1 = /\x00prepare_cr[e]ds\x00/
        $root2 = /\x00commit_cr[e]ds\x00/
    condition:
        ($d1 and 1 of ($d2, $d3, $d4)) or 3 of ($d*) or ($r1 and 1 of ($r2, $r3)) or ($r2 and #r3 > 1) or ($mod and (($a1 and $a2) or #k1 > 2 or #a2 > 2 or ($d2 and $d4) or (filesize < 200KB and $table and $root1 and $root2)))
}

rule rootkit_of_preload
{
    meta:
        version = 2
        type = "Rootkit"
        score = 90
        family = "Azazel, Jynx, Beurk, Vlany, Medusa, Father, bedevil, Libprocesshider"
        description = "Library that hides files and processes from every program that loads it"
        reference = "https://attack.mitre.org/techniques/T1574/006/"
    strings:
        $dlsym = "dlsym"
        $list1 = "readdir64"
        $list2 = "readdir"
        $stat = /__[lf]?xstat(64)?\x00/
        $open = "fopen64"
        $login = /(pam_authent[i]cate|pam_open_sess[i]on|pam_acct_mgmt|getspnam|crypt_r|SSL_wr[i]te|pam_vprompt)\x00/
        $net1 = "/proc/net/tcp"
        $net2 = /\/proc\/(%s\/(stat|cmdline|maps)|self\/fd\/%d|\*\/exe|net\/tcp6)/
        $preload = "/etc/ld.so.preload"
        $word1 = /(HIDE_THIS_SH[E]LL|az[a]zel|XxJyn[x]|jynx_h|beurk_|vl[a]ny|ld_pois[o]n|bdv(l|init|prep)|libselinux\.so\.3k|umbr[e]on|medus[a]_(hide|magic)|_gsetgid_magic|process_to_filt[e]r|hide_f[i]le_by|evil_gid|MAGIC_G[I]D)/ nocase
        $word2 = /(owned_by_me|drop_(suid|unhide)|hid[e]ports|hidd[e]n_xattr|check_hook|rk_hidd[e]n|magic_g[i]d|filt[e]r_(proc|process|name)|original_readdir(64)?)\x00/
        $task = /%d \(%\[\^\)\]s/
        $own_fd = "/proc/self/fd/%d"
        $hides = "ld.so.preload"
        $hooks = /\x00(accept|pam_authenticate|getpwnam|__l?xstat(64)?|unlink(at)?|getdents64|rmdir|lstat)\x00/
        $gives = /\/bin\/(ba)?s[h]\x00|HISTF[I]LE/
        $shell = /(Enjoy the sh[e]ll|Welcome!\x00|accept_b[a]ckdoor|Here's a shell)/
    condition:
        $dlsym and $list2 and (
            ($word1 and 1 of ($list1, $preload, $net1))
            or ($word2 and 1 of ($net2, $preload))
            or ($preload and $list1 and $net1 and 1 of ($login, $net2) and ($stat or $open) and filesize < 300KB)
            or ($shell and $login)
            or ($task and $own_fd and filesize < 100KB)
            or ($hides and $net1 and $gives and #hooks > 2 and filesize < 300KB)
        )
}

rule poisoned_software
{
    meta:
        type = "Malbaseware"
        score = 92
        family = "vsftpd 2.3.4, ProFTPD 1.3.3c, UnrealIRCd 3.2.8.1, PHP 8.1-dev, SSH with a master password"
        description = "A build of well-known software that carries a backdoor"
        reference = "https://attack.mitre.org/techniques/T1195/002/"
    strings:
        $ftp1 = /vsf_sysutil_ex[t]ra/
        $ftp2 = /\x00ACIDBITC[H]EZ\x00/
        $php = /REM[O]VETHIS: sold to zer[o]dium/
        $ssh1 = "sshd"
        $ssh2 = /(\+ |pass[_: ]{1,3}|login (in|at|from): ?)%s[: ]{1,4}%s.{0,12}\\?n?\x00/
        $ssh3 = /\/(tmp|usr\/(include|lib|share)|var\/(log|tmp|opt))\/[\w.\/-]{0,30}(\.ilog|\.olog|sshlog|\.sshd?_?log|gpm2|ssh[d_]?pass|\.pass)\x00/
        $ssh4 = "Connection closed by %.200s"
    condition:
        $ftp1 or $ftp2 or $php or ($ssh1 and $ssh3 and $ssh4) or ($ssh2 and $ssh3 and $ssh4)
}
