#!/usr/bin/env bash
# Builds the guest's disk, as root, layer on layer: build.sh base|hub|ours|disk CACHE [...]. Called by
# image.py, which knows what is stale. No mount, no loop device: chroot and mke2fs -d are enough.
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
step=$1 cache=$2
base=$cache/base tree=$cache/tree
inside() {
    env -i HOME=/root LC_ALL=C.UTF-8 PATH="$PATH" \
        chroot "$tree" /bin/bash -euo pipefail -c "cd /root/hearth; $1" </dev/null
}

case $step in
base) # build.sh base CACHE SUITE MIRROR PACKAGE,PACKAGE...
    rm -rf "$base" "$base.new"
    # Only what a virtual disk needs goes into the initial RAM disk: unpacking it is slow here.
    mmdebstrap --quiet --mode=root --variant=minbase --include="$5" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --aptopt='APT::Install-Recommends "false"' \
        --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"' \
        --essential-hook='printf "MODULES=list\nCOMPRESS=gzip\n" >"$1/etc/initramfs-tools/conf.d/lab"' \
        --essential-hook='printf "virtio_pci\nvirtio_blk\next4\n" >"$1/usr/share/initramfs-tools/modules.d/lab"' \
        --format=directory "$3" "$base.new" "$4"
    mv "$base.new" "$base"
    ;;
hub) # build.sh hub CACHE: $CACHE/wheels, $CACHE/source and $CACHE/install.pins, into a fresh tree
    rm -rf "$tree"
    cp -a --reflink=auto "$base" "$tree"
    cp -rT "$cache/wheels" "$tree/wheels"
    printf '[global]\nno-index = true\nfind-links = /wheels\nno-cache-dir = true\n' >"$tree/etc/pip.conf"
    cp -rT "$cache/source" "$tree/root/hearth"
    inside "$(cat "$cache/install.pins")"
    rm -r "$tree/wheels"
    # What systemd would find out at every boot of a fresh disk.
    chroot "$tree" systemd-machine-id-setup >/dev/null 2>&1
    ;;
ours) # build.sh ours CACHE: the newest $CACHE/source, and what the guest has for the tests alone
    rm -rf "$tree/root/hearth"
    cp -rT "$cache/source" "$tree/root/hearth"
    inside "$(cat "$cache/install.ours")"
    rm -rf "$tree/usr/local/lib/lab"
    install -D -m 644 -t "$tree/usr/local/lib/lab" "$tree"/root/hearth/tests/system/guest/*.py
    inside "/bin/bash tests/system/guest/setup.sh"
    ;;
disk) # build.sh disk CACHE OWNER: $CACHE/disk.raw, and the kernel beside it, for whoever runs it
    rm -f "$cache/disk.new"
    truncate --size=3G "$cache/disk.new"
    mke2fs -q -F -t ext4 -L hearth -O ^orphan_file -E lazy_itable_init=1,lazy_journal_init=1 \
        -d "$tree" "$cache/disk.new"
    cp "$tree"/boot/vmlinuz-* "$cache/vmlinuz"
    cp "$tree"/boot/initrd.img-* "$cache/initrd"
    mv "$cache/disk.new" "$cache/disk.raw"
    chown "$3" "$cache/disk.raw" "$cache/vmlinuz" "$cache/initrd"
    ;;
*)
    echo "no such step: $step" >&2
    exit 2
    ;;
esac
