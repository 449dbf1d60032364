/** What is wrong with a private key, as in "is ..."; undefined if nothing shows. Never a part of the key. */
export function checkPrivateKey(text: string, hasPassphrase: boolean): string | undefined {
  const armour = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----([\s\S]*)-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----/.exec(
    text,
  );
  if (armour === null) {
    return /^\s*(ssh|ecdsa|sk)-/.test(text)
      ? "is a public key; give the private one, the file without .pub"
      : "is not the text of a private key (-----BEGIN ... PRIVATE KEY-----); a path belongs into privateKeyFile";
  }
  return isEncrypted(text, armour[1] ?? "") && !hasPassphrase
    ? "is protected by a passphrase; give privateKeyPassword, or load the key into an SSH agent and set agent: true"
    : undefined;
}

function isEncrypted(text: string, body: string): boolean {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) return true;
  // OpenSSH's own format (PROTOCOL.key) names its cipher after the magic, by length and text.
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.subarray(0, magic.length).toString("latin1") !== magic || bytes.length < magic.length + 8) return false;
  return bytes.subarray(magic.length + 4, magic.length + 8).toString("latin1") !== "none";
}
