/** How long something took or is ago, in the two largest units: "3 h 12 min". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const units = [
    { size: 86_400, name: "d" },
    { size: 3_600, name: "h" },
    { size: 60, name: "min" },
    { size: 1, name: "s" },
  ] as const;
  const first = units.findIndex(({ size }) => seconds >= size);
  const [large, small] = units.slice(first);
  if (large === undefined) return `${seconds} s`;
  const rest = small === undefined ? 0 : Math.floor((seconds % large.size) / small.size);
  const whole = `${Math.floor(seconds / large.size)} ${large.name}`;
  return rest === 0 || small === undefined || small.size === 1 ? whole : `${whole} ${rest} ${small.name}`;
}

/** Three digits at most: "12.3 Mbit/s". */
export function bitRate(bits: number): string {
  const prefixes = ["", "k", "M", "G"];
  const at = bits < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bits) / 3));
  const value = bits / 1000 ** at;
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(value >= 10 ? 1 : 2)} ${prefixes[at] ?? ""}bit/s`;
}
