/**
 * Why Airflow reads a schedule in another way than `ffe schedule`; `undefined` when both mean the same times. Numbers, lists,
 * ranges, steps and names of months and days are common ground, and so are `L` as a day of the month and `5#2`, the second Friday.
 */
export function cronProblem(schedule: string): string | undefined {
  const parts = schedule.trim().split(/\s+/);
  const [, , dayOfMonth = "", month = "", dayOfWeek = ""] = parts;
  if (parts.length !== 5) return "has no five parts, which Airflow needs: write it out, such as 0 1 * * *";
  const isCommon =
    parts.slice(0, 2).every((part) => numbers.test(part)) &&
    (numbers.test(dayOfMonth) || /^L$/i.test(dayOfMonth)) &&
    named(month, months) &&
    (named(dayOfWeek, days) || /^[0-7]#[1-5]$/.test(dayOfWeek));
  return isCommon
    ? undefined
    : "says something that Airflow's cron does not know, or reads differently. Use numbers, lists, ranges and steps";
}

const numbers = /^[\d*,/-]+$/;
const months = /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\b/gi;
const days = /\b(?:sun|mon|tue|wed|thu|fri|sat)\b/gi;

function named(part: string, names: RegExp): boolean {
  return numbers.test(part.replaceAll(names, "1"));
}
