const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** Python's `strftime`, in English. */
export function formatTime(date: Date, microsecond: number, format: string, isUtc: boolean): string {
  return format.replaceAll(/%-?([a-zA-Z%])/g, (whole: string, code: string) => {
    const formatted = field(code, date, microsecond, isUtc);
    if (formatted === undefined) return whole;
    return whole.startsWith("%-") ? formatted.replace(/^0+(?=\d)/, "") : formatted;
  });
}

function field(code: string, date: Date, microsecond: number, isUtc: boolean): string | undefined {
  const day = days[date.getUTCDay()] ?? "";
  const month = months[date.getUTCMonth()] ?? "";
  const hour = date.getUTCHours();
  switch (code) {
    case "Y":
      return pad(date.getUTCFullYear(), 4);
    case "y":
      return pad(date.getUTCFullYear() % 100, 2);
    case "m":
      return pad(date.getUTCMonth() + 1, 2);
    case "d":
      return pad(date.getUTCDate(), 2);
    case "H":
      return pad(hour, 2);
    case "I":
      return pad(hour % 12 === 0 ? 12 : hour % 12, 2);
    case "M":
      return pad(date.getUTCMinutes(), 2);
    case "S":
      return pad(date.getUTCSeconds(), 2);
    case "f":
      return pad(microsecond, 6);
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "j":
      return pad(dayOfYear(date), 3);
    case "A":
      return day;
    case "a":
      return day.slice(0, 3);
    case "B":
      return month;
    case "b":
      return month.slice(0, 3);
    case "w":
      return String(date.getUTCDay());
    case "u":
      return String(date.getUTCDay() === 0 ? 7 : date.getUTCDay());
    case "z":
      return isUtc ? "+0000" : "";
    case "Z":
      return isUtc ? "UTC" : "";
    case "F":
      return formatTime(date, microsecond, "%Y-%m-%d", isUtc);
    case "T":
      return formatTime(date, microsecond, "%H:%M:%S", isUtc);
    case "s":
      return String(Math.floor(date.getTime() / 1000));
    case "%":
      return "%";
    default:
      return undefined;
  }
}

/** Python's `strptime`: microseconds since 1970, or undefined when the text has another form. */
export function parseTime(text: string, format: string): bigint | undefined {
  const names: string[] = [];
  const pattern = format.replaceAll(/%([a-zA-Z%])|[.*+?^${}()|[\]\\]/g, (whole: string, code?: string) => {
    if (code === undefined) return `\\${whole}`;
    if (code === "%") return "%";
    names.push(code);
    return parsed.get(code) ?? "(\\S+)";
  });
  const match = new RegExp(`^${pattern}$`, "i").exec(text);
  if (match === null) return undefined;
  const values = new Map(names.map((name, index) => [name, match[index + 1] ?? ""]));
  const number = (name: string, fallback: number) => Number(values.get(name) ?? fallback);
  const monthName = values.get("b") ?? values.get("B");
  const month =
    monthName === undefined
      ? number("m", 1)
      : months.findIndex((one) => one.toLowerCase().startsWith(monthName.toLowerCase())) + 1;
  const year = values.has("y") ? number("y", 0) + (number("y", 0) < 69 ? 2000 : 1900) : number("Y", 1900);
  const hour = values.has("p")
    ? (number("I", 12) % 12) + (values.get("p")?.toLowerCase() === "pm" ? 12 : 0)
    : number("H", 0);
  const date = new Date(Date.UTC(2000, 0, 1, hour, number("M", 0), number("S", 0)));
  date.setUTCFullYear(year, month - 1, number("d", 1));
  if (date.getUTCMonth() !== month - 1) return undefined;
  return BigInt(date.getTime()) * 1000n + BigInt((values.get("f") ?? "").padEnd(6, "0"));
}

const parsed: ReadonlyMap<string, string> = new Map([
  ["Y", "(\\d{4})"],
  ["y", "(\\d{2})"],
  ["m", "(\\d{1,2})"],
  ["d", "(\\d{1,2})"],
  ["H", "(\\d{1,2})"],
  ["I", "(\\d{1,2})"],
  ["M", "(\\d{1,2})"],
  ["S", "(\\d{1,2})"],
  ["f", "(\\d{1,6})"],
  ["j", "(\\d{1,3})"],
  ["p", "(am|pm)"],
]);

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
