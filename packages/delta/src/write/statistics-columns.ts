import { statisticsColumns } from "../protocol/table-properties.ts";
import { ownMember } from "../contract/own-members.ts";

type Configuration = Readonly<Record<string, string>>;

/**
 * A table's properties with a column renamed where they choose the columns that get statistics. An entry may be a field
 * of a struct column, and parts of it may be quoted by backticks: `` a, `b c`.d ``.
 *
 * @param to `undefined` takes the column out of the list. A list that gets empty chooses none, as Spark has it.
 */
export function withStatisticsColumn(
  configuration: Configuration,
  from: string,
  to: string | undefined,
): Configuration {
  const list = ownMember(configuration, statisticsColumns.name);
  if (list === undefined) return configuration;
  const entries = (list.match(/(?:`(?:[^`]|``)*`|[^,`])+/g) ?? []).flatMap((entry) => {
    const [, first = "", rest = ""] = /^(`(?:[^`]|``)*`|[^.`]+)(.*)$/s.exec(entry.trim()) ?? [];
    if (unquoted(first).toLowerCase() !== from.toLowerCase()) return [entry];
    return to === undefined ? [] : [`${quoted(to)}${rest}`];
  });
  return { ...configuration, [statisticsColumns.name]: entries.join(",") };
}

/** The same without columns that the table no longer has. */
export function withoutStatisticsColumns(
  configuration: Configuration,
  names: readonly string[],
): Configuration {
  return names.reduce((left, name) => withStatisticsColumn(left, name, undefined), configuration);
}

function unquoted(part: string): string {
  return part.startsWith("`") ? part.slice(1, -1).replaceAll("``", "`") : part;
}

function quoted(name: string): string {
  return /^\w+$/.test(name) ? name : `\`${name.replaceAll("`", "``")}\``;
}
