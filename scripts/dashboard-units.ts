/** Numbers as Grafana shows them in the units that the dashboard has. */
const prefixes = ["", "k", "M", "G", "T"] as const;

function scaled(value: number, unit: string, decimals: number | undefined): string {
  const step =
    value === 0 ? 0 : Math.max(0, Math.min(prefixes.length - 1, Math.floor(Math.log10(Math.abs(value)) / 3)));
  return `${rounded(value / 1000 ** step, decimals)} ${prefixes[step] ?? ""}${unit}`.trim();
}

/** Three digits that count, or as many after the point as are asked for. */
function rounded(value: number, decimals: number | undefined): string {
  return decimals === undefined ? String(Number(value.toPrecision(3))) : value.toFixed(decimals);
}

function lasting(seconds: number, decimals: number | undefined): string {
  const size = Math.abs(seconds);
  if (size > 0 && size < 1) return `${rounded(seconds * 1000, decimals)} ms`;
  if (size < 60) return `${rounded(seconds, decimals)} s`;
  if (size < 3600) return `${rounded(seconds / 60, decimals)} min`;
  return size < 86_400 ? `${rounded(seconds / 3600, decimals)} hours` : `${rounded(seconds / 86_400, decimals)} days`;
}

const units: Record<string, (value: number, decimals: number | undefined) => string> = {
  bps: (value, decimals) => scaled(value, "b/s", decimals),
  pps: (value, decimals) => scaled(value, "p/s", decimals),
  percentunit: (value, decimals) => `${rounded(100 * value, decimals)}%`,
  s: lasting,
  short: (value, decimals) => scaled(value, "", decimals),
  none: (value, decimals) => (decimals === undefined ? String(value) : value.toFixed(decimals)),
};

export function shownNumber(value: number, unit: string, decimals?: number): string {
  const show = units[unit];
  if (show === undefined)
    throw new Error(`The unit "${unit}" is not one that can be drawn: add it to dashboard-units.ts.`);
  return show(value, decimals);
}
