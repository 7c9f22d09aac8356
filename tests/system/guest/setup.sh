# Run in the chroot by build.sh: what the guest has beyond a hub's own Debian, and what it leaves out.
set -euo pipefail

echo hearth-hub >/etc/hostname
printf '/dev/vda / ext4 rw,relatime 0 1\n' >/etc/fstab
passwd --delete root >/dev/null
# The stock kernel's virtual Bluetooth controller; on a hub udev loads the module of the real one.
echo hci_vhci >/etc/modules-load.d/lab.conf
mkdir -p /etc/systemd/network
printf '[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
    >/etc/systemd/network/10-lab.network
mkdir -p /etc/systemd/timesyncd.conf.d
printf '[Time]\nNTP=127.0.0.1\nFallbackNTP=\n' >/etc/systemd/timesyncd.conf.d/lab.conf
# The journal is read by the tests: all of it, at once, and never more than fits.
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nRateLimitIntervalSec=0\nSystemMaxUse=64M\nSyncIntervalSec=5s\n' \
    >/etc/systemd/journald.conf.d/lab.conf

cat >/etc/systemd/system/lab-conductor.service <<'UNIT'
[Unit]
Description=Does what the tests ask, over a virtual serial port
DefaultDependencies=no
After=systemd-udevd.service local-fs.target
[Service]
ExecStart=/usr/bin/python3 -P /usr/local/lib/lab/conductor.py
Restart=always
OOMScoreAdjust=-900
[Install]
WantedBy=sysinit.target
UNIT
cat >/etc/systemd/system/lab-adapter.service <<'UNIT'
[Unit]
Description=A Bluetooth adapter whose air is outside of this machine
DefaultDependencies=no
After=systemd-udevd.service systemd-modules-load.service local-fs.target
[Service]
ExecStart=/usr/bin/python3 -P /usr/local/lib/lab/adapter.py
Restart=always
OOMScoreAdjust=-900
[Install]
WantedBy=sysinit.target
UNIT
systemctl --quiet enable lab-conductor lab-adapter systemd-networkd bluetooth
# The tests say when the machine hears a time server.
systemctl --quiet disable systemd-timesyncd
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer getty@tty1.service serial-getty@ttyS0.service \
    systemd-hwdb-update.service systemd-journal-catalog-update.service ldconfig.service \
    systemd-networkd-wait-online.service systemd-networkd-persistent-storage.service \
    systemd-tpm2-setup-early.service systemd-tpm2-setup.service systemd-update-utmp.service \
    systemd-firstboot.service systemd-pcrphase.service systemd-binfmt.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
