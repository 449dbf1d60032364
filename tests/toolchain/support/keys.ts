import { utils } from "ssh2";

/** A key pair in OpenSSH's forms. */
export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/** One in 200 keys that ssh2 1.17 makes are malformed, as it takes a leading zero of the key away. */
export function newKey(passphrase?: string): KeyPair {
  for (;;) {
    const pair =
      passphrase === undefined
        ? utils.generateKeyPairSync("ed25519")
        : utils.generateKeyPairSync("ed25519", { passphrase, cipher: "aes256-cbc", rounds: 2 });
    const isSound = (key: string): boolean => !(utils.parseKey(key, passphrase) instanceof Error);
    if (isSound(pair.private) && isSound(pair.public)) return pair;
  }
}
