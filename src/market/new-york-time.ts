/**
 * What New York's clocks add to UTC at an instant, in milliseconds (negative), daylight saving included. The
 * rules come from the time zone database of the runtime; the changes of each year are looked up once.
 */
export function newYorkOffsetMs(instantMs: number): number {
  const year = new Date(instantMs).getUTCFullYear();
  let changes = changesByYear.get(year);
  if (changes === undefined) {
    changes = findChanges(year);
    changesByYear.set(year, changes);
  }
  let offsetMs = 0;
  for (const change of changes) {
    if (change.fromMs > instantMs) break;
    offsetMs = change.offsetMs;
  }
  return offsetMs;
}

/**
 * The instant at which New York's clocks show `wallMs` (a wall-clock time written as though it were UTC). In
 * the hour that is skipped in spring the answer is an hour off; markets neither open nor close then.
 */
export function newYorkToUtc(wallMs: number): number {
  const nearMs = wallMs - newYorkOffsetMs(wallMs);
  return wallMs - newYorkOffsetMs(nearMs);
}

interface OffsetChange {
  readonly fromMs: number;
  readonly offsetMs: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
const changesByYear = new Map<number, readonly OffsetChange[]>();

const newYork = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  timeZoneName: "longOffset",
});

/** The offset at the start of a year (UTC) and each change within it, ascending. */
function findChanges(year: number): OffsetChange[] {
  const startMs = Date.UTC(year, 0, 1);
  const endMs = Date.UTC(year + 1, 0, 1);
  let offsetMs = lookUpOffsetMs(startMs);
  const changes: OffsetChange[] = [{ fromMs: startMs, offsetMs }];
  for (let beforeMs = startMs; beforeMs < endMs; beforeMs += dayMs) {
    const afterMs = Math.min(beforeMs + dayMs, endMs - minuteMs);
    const offsetAfterMs = lookUpOffsetMs(afterMs);
    if (offsetAfterMs === offsetMs) continue;
    changes.push({ fromMs: findChange(beforeMs, afterMs), offsetMs: offsetAfterMs });
    offsetMs = offsetAfterMs;
  }
  return changes;
}

/** The first minute in `(beforeMs, afterMs]` with the offset of `afterMs`. */
function findChange(beforeMs: number, afterMs: number): number {
  const offsetAfterMs = lookUpOffsetMs(afterMs);
  let low = beforeMs;
  let high = afterMs;
  while (high - low > minuteMs) {
    const middle = Math.floor((low + high) / 2 / minuteMs) * minuteMs;
    if (lookUpOffsetMs(middle) === offsetAfterMs) high = middle;
    else low = middle;
  }
  return high;
}

/** Reads `GMT-05:00`; slow, hence the changes per year. */
function lookUpOffsetMs(instantMs: number): number {
  const name = newYork.formatToParts(instantMs).find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const match = /^GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (match === null) return 0;
  const [, sign, hours, minutes] = match;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * minuteMs;
  return sign === "-" ? -offsetMs : offsetMs;
}
