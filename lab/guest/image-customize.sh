# mmdebstrap hook, after all packages are installed; $1 is the new root directory. Leaves disk.qcow2, vmlinuz and
# initrd.img in the new root's /lab-out, from where another hook copies them out.
set -eu
root=$1

for unit in $LAB_DISABLED_UNITS; do
	chroot "$root" systemctl --quiet disable "$unit"
done

# Every login would start a systemd of the user's own, which takes an emulated processor seconds.
chroot "$root" pam-auth-update --remove systemd
chroot "$root" useradd --create-home --shell /bin/bash admin
chroot "$root" useradd --create-home --shell /bin/bash guest
echo 'admin ALL=(ALL:ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/admin"
chmod 0440 "$root/etc/sudoers.d/admin"

# A repository on the disk, so that packages can be removed and installed again without any network.
mkdir -p "$root/srv/debs"
chroot "$root" sh -eu -c '
	cd /srv/debs
	apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
		"$@" | grep "^[a-z0-9]" | sort -u >/tmp/wanted
	apt-cache dumpavail | sed -n "s/^Package: //p" | sort -u >/tmp/real
	apt-get -o APT::Sandbox::User=root -qq download $(comm -12 /tmp/wanted /tmp/real)
	for deb in *.deb; do
		dpkg-deb -f "$deb"
		echo "Filename: ./$deb"
		echo "Size: $(stat -c %s "$deb")"
		echo "SHA256: $(sha256sum "$deb" | cut -d" " -f1)"
		echo
	done >Packages
	rm /tmp/wanted /tmp/real
' sh $LAB_OFFLINE
rm -rf "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin \
	"$root"/var/cache/apt/archives/*.deb
echo 'deb [trusted=yes] file:///srv/debs ./' >"$root/etc/apt/sources.list"
chroot "$root" apt-get -qq update

# What differs per host is written when its first boot is prepared, and nothing of the building machine stays.
: >"$root/etc/machine-id"
: >"$root/etc/resolv.conf"
rm -f "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id "$root/etc/hostname" "$root"/var/log/*.log \
	"$root"/var/log/apt/*

# The disk is made beside the root, from a copy that leaves out what is mounted in it (/proc and the like).
PATH=$PATH:/usr/sbin:/sbin
trap 'rm -rf "$root.copy" "$root.raw" "$root.qcow2"' EXIT
cp --archive --one-file-system "$root" "$root.copy"
rm -f "$root.copy"/etc/apt/apt.conf.d/*mmdebstrap
truncate -s "${LAB_DISK_MB}M" "$root.raw"
mke2fs -q -t ext4 -L root -E lazy_itable_init=0,lazy_journal_init=0 -d "$root.copy" "$root.raw"
qemu-img convert -q -O qcow2 "$root.raw" "$root.qcow2"
mkdir "$root/lab-out"
mv "$root.qcow2" "$root/lab-out/disk.qcow2"
cp "$root"/boot/vmlinuz-* "$root/lab-out/vmlinuz"
cp "$root"/boot/initrd.img-* "$root/lab-out/initrd.img"
chmod 0644 "$root"/lab-out/*
