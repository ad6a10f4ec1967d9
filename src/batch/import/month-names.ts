const languages = ["en", "de", "fr", "es", "it", "pt", "nl"];

let months: ReadonlyMap<string, number> | undefined;

/** The month of a name in one of the languages that exports are written in, long or short; from 1 on. */
export function monthOf(name: string | undefined): number | undefined {
  months ??= readNames();
  return months.get(plain(name ?? ""));
}

function readNames(): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  const ambiguous = new Set<string>();
  for (const language of languages) {
    for (const month of ["long", "short"] as const) {
      const format = new Intl.DateTimeFormat(language, { month, timeZone: "UTC" });
      for (let number = 1; number <= 12; number += 1) {
        const name = plain(format.format(Date.UTC(2024, number - 1, 1)));
        if ((names.get(name) ?? number) !== number) ambiguous.add(name);
        names.set(name, number);
      }
    }
  }
  names.set("sept", 9);
  for (const name of ambiguous) names.delete(name);
  return names;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(".", "");
}
