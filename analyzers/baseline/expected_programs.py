"""Programs that distributions ship with setuid, setgid or capabilities. Gathered from the file lists of Debian, Ubuntu, Fedora, RHEL,
openSUSE, Alpine and Arch packages."""

from __future__ import annotations

EXPECTED_SETUID = frozenset({
    "su", "sudo", "sudoedit", "sudo-rs", "su-rs", "doas", "passwd", "chsh", "chfn", "gpasswd", "newgrp", "chage", "expiry", "newuidmap",
    "newgidmap", "mount", "umount", "ping", "ping6", "arping", "traceroute6", "traceroute6.iputils", "clockdiff", "fusermount",
    "fusermount3",
    "pkexec", "polkit-agent-helper-1", "dbus-daemon-launch-helper", "ssh-keysign", "unix_chkpwd", "unix2_chkpwd", "pam_timestamp_check",
    "userhelper", "usernetctl", "at", "crontab", "mount.nfs", "mount.nfs4", "umount.nfs", "mount.cifs", "mount.ecryptfs_private",
    "umount.ecryptfs_private", "ntfs-3g", "pppd", "exim4", "exim", "sendmail", "bbsuid", "Xorg.wrap", "procmail", "mtr-packet", "staprun",
    "newrole", "suexec", "suexec2", "snap-confine", "cockpit-session", "grub2-set-bootflag", "sg", "vlock-main", "chkpwd", "ksu",
    "kcheckpass",
    "dma", "dma-mbox-create", "auth_pam_tool", "lppasswd", "chrome-sandbox", "dmcrypt-get-device", "krb5_child", "ldap_child",
    "proxy_child", "selinux_child", "sssd_pam", "suexec-pristine", "suexec-custom",
    "qemu-bridge-helper", "spice-client-glib-usb-acl-helper", "pinger",
    "basic_pam_auth", "rcp", "rlogin", "rsh", "bwrap", "pt_chown",
})  # fmt: skip
EXPECTED_SETGID = frozenset({
    "chage", "expiry", "unix_chkpwd", "pam_extrausers_chkpwd", "wall", "write", "write.ul", "bsd-write", "crontab", "at", "ssh-agent",
    "ssh-keysign", "locate", "mlocate", "plocate", "dotlockfile", "mail-lock", "mail-unlock", "mail-touchlock", "lockfile", "procmail",
    "screen", "tmux", "utempter", "postdrop", "postqueue", "sendmail", "sendmail.sendmail", "netreport", "cgexec", "utmp_update",
    "Xorg.wrap",
    "mutt_dotlock", "gnome-pty-helper", "lockdev",
    "camel-lock-helper-1.2", "exim4", "dma", "man", "mandb", "smmsp", "unix2_chkpwd",
})  # fmt: skip
EXPECTED_CAPABILITIES: dict[str, frozenset[str]] = {
    "newuidmap": frozenset({"cap_setuid", "cap_setgid", "cap_fowner"}),
    "newgidmap": frozenset({"cap_setgid", "cap_setuid", "cap_fowner"}),
    "suexec": frozenset({"cap_setuid", "cap_setgid"}),
    "systemd-detect-virt": frozenset({"cap_dac_override", "cap_sys_ptrace"}),
    "dumpcap": frozenset({"cap_net_admin"}),
    "gst-ptp-helper": frozenset({"cap_net_admin"}),
    "sssd_pam": frozenset({"cap_dac_read_search"}),
    "ldap_child": frozenset({"cap_dac_read_search"}),
    "krb5_child": frozenset({"cap_setuid", "cap_setgid", "cap_chown", "cap_dac_override", "cap_dac_read_search"}),
    "proxy_child": frozenset({"cap_dac_read_search"}),
    "selinux_child": frozenset({"cap_setuid", "cap_setgid"}),
}
