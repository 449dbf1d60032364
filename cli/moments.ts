import { InvalidArgumentError } from "commander";

const units = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A moment as people say it: `03:12` (the last time that it was so late), `2026-11-26`, `2026-11-26T03:12`, or how long ago:
 * `90s`, `30min`, `2h`, `3d`. In this machine's time zone, unless it says another: `2026-11-26T03:12Z`.
 */
export function parseMoment(text: string, now = Date.now()): number {
  const [, count, unit] = /^(\d{1,6})(s|min|h|d)$/.exec(text) ?? [];
  if (unit !== undefined) return now - Number(count) * units[unit as keyof typeof units];
  const [, hour, minute, second = "0"] = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hour !== undefined && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60) {
    const moment = new Date(now);
    moment.setHours(Number(hour), Number(minute), Number(second), 0);
    if (moment.getTime() > now) moment.setDate(moment.getDate() - 1);
    return moment.getTime();
  }
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text.replace(" ", "T");
  const found = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.test(date) ? Date.parse(date) : NaN;
  if (!Number.isNaN(found)) return found;
  throw new InvalidArgumentError("Give 03:12, 2026-11-26, 2026-11-26T03:12, or how long ago: 30min, 2h, 3d.");
}
