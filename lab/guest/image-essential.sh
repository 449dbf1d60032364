# mmdebstrap hook, before the chosen packages are installed; $1 is the new root directory.
set -eu
mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"
# Only what the virtual disk needs: the default set takes seconds to unpack under software emulation.
echo 'MODULES=list' >"$1/etc/initramfs-tools/conf.d/lab"
printf '%s\n' $LAB_INITRAMFS_MODULES >"$1/usr/share/initramfs-tools/modules.d/lab"
