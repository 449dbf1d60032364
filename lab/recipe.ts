import { guestFile } from "./paths";

export const codenames = { "12": "bookworm", "13": "trixie", "12-lines": "bookworm", "13-lines": "trixie" } as const;
/** A Debian release; with "-lines" its hosts have what dials lines and gives them addresses as well: PPPoE and DHCP. */
export type Release = keyof typeof codenames;

/** What every lab host has: a small server as an administrator would install it, and what probes need. */
const installed = [
  ...["systemd", "systemd-sysv", "udev", "dbus", "kmod", "procps", "ifupdown", "openssh-server", "sudo"],
  ...["iproute2", "nftables", "bird2", "conntrack", "iputils-ping", "iputils-arping", "fping"],
  ...["python3", "iperf3", "tcpdump"],
];

/** Debian's kernel for clouds is small, and boots soon. */
const kernel = ["linux-image-cloud-amd64"];

/** It has no PPP: the general one, and what brings lines up, and what providers answer it with. */
const lines = ["linux-image-amd64", "ppp", "pppoe", "isc-dhcp-client", "dnsmasq-base"];

/** Nine tenths of the general kernel's modules are for hardware that no virtual machine has. */
const left = [
  ...["sound", "drivers/gpu", "drivers/media", "drivers/scsi", "drivers/infiniband", "drivers/usb", "drivers/iio"],
  ...["drivers/staging", "drivers/net/ethernet", "drivers/net/wireless"],
];

/**
 * Others that configure the network, as they may stand on anybody's host. They are there, but nothing starts them before
 * a test does: until then the hosts are what they would be without them.
 */
const neighbours = [
  ...["network-manager", "docker.io", "ufw", "firewalld", "frr", "strongswan-swanctl", "charon-systemd"],
  "wireguard-tools",
];

/** What `apt-get install` finds on a lab host without any network, besides what is installed already. */
const offline = ["bird2", "conntrack", "nftables", "fping", "strongswan-swanctl", "charon-systemd", "wireguard-tools"];

/**
 * A snapshot may be weeks old when it is restored, and its clock jumps: every calendar timer would fire at once.
 * So the lab's hosts have none.
 */
const disabledUnits = [
  ...["apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer"],
  ...["e2scrub_reap.service", "bird.service", "nftables.service", "logrotate.timer"],
  ...["NetworkManager.service", "NetworkManager-dispatcher.service", "NetworkManager-wait-online.service"],
  ...["docker.service", "docker.socket", "containerd.service", "ufw.service", "firewalld.service"],
  ...["frr.service", "strongswan.service"],
];

/** Loaded early, so that a small initramfs suffices. */
const initramfsModules = ["virtio_pci", "virtio_blk", "ext4"];

export interface Recipe {
  readonly release: Release;
  readonly codename: string;
  readonly installed: readonly string[];
  readonly offline: readonly string[];
  /** Folders of the kernel's modules that are not unpacked. */
  readonly leftModules?: readonly string[];
  readonly disabledUnits: readonly string[];
  readonly initramfsModules: readonly string[];
  readonly diskMb: number;
  readonly essentialHook: string;
  readonly customizeHook: string;
}

/** Everything that decides what the image holds; its digest names the image in the cache. */
export function recipeFor(release: Release): Recipe {
  const hasLines = release.endsWith("-lines");
  return {
    release,
    codename: codenames[release],
    installed: [...installed, ...(hasLines ? lines : kernel), ...neighbours],
    offline,
    ...(hasLines ? { leftModules: left } : {}),
    disabledUnits,
    initramfsModules,
    diskMb: 2560,
    essentialHook: guestFile("image-essential.sh"),
    customizeHook: guestFile("image-customize.sh"),
  };
}

export function isRelease(text: string): text is Release {
  return Object.hasOwn(codenames, text);
}
