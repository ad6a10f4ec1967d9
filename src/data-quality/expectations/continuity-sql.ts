import { weekMs } from "../../market/durations.ts";

/** The bars to compare: their source and columns, as SQL expressions. */
export interface ContinuityBars {
  /** The columns of a series. */
  readonly keys: readonly string[];
  readonly time: string;
  /** The last version of a bar by this column counts; `undefined` when each row is a bar. */
  readonly version: string | undefined;
  /** Open, high, low and close. */
  readonly prices: readonly string[];
  /** Whether the prices are exact numbers of one type: these have the same order as floating point, and are faster to compare. */
  readonly areComparable: boolean;
  /** The time from one bar to the next; `undefined` when the bars tell it. */
  readonly barUs: number | undefined;
}

export interface AskedBars {
  /** Bars that open this factor away from the close before, or with a high or a low this factor away from themselves. */
  readonly jump: number;
  readonly wick: number;
  /** How many bars before and behind each give the usual move. */
  readonly window: number;
}

/**
 * A query for the bars that stand apart, each with the usual move around it.
 *
 * Sorting millions of bars is what costs. So time is cut into chunks first, and a pass without sorting finds the lowest and the
 * highest price of each. If a chunk and the one before it span less than the factor, none of its bars can stand apart. Only
 * the other chunks are sorted, and then the bars around those found. A wrong row that is the last version of its bar is left
 * out; its chunk and the next one are sorted, because the bars on both sides of it become neighbours.
 */
export function barsThatStandApart(
  { keys, time, version, prices, areComparable, barUs }: ContinuityBars,
  source: string,
  isNew: string,
  { jump, wick, window }: AskedBars,
): string {
  const list = keys.join(", ");
  const keysIn = (alias: string): string => keys.map((name) => `${alias}.${name}`).join(", ");
  const sameSeries = (left: string, right: string): string =>
    keys.map((name) => `${left}.${name} IS NOT DISTINCT FROM ${right}.${name}`).join(" AND ");
  const ofSeries = `PARTITION BY ${list} ORDER BY`;
  const [open, high, low, close] = prices.map((price) => `${price}::DOUBLE`);
  const [lowest, highest] = ["least", "greatest"].map((farthest) =>
    areComparable
      ? `${farthest}(${prices.join(", ")})::DOUBLE`
      : `${farthest}(${[open, high, low, close].join(", ")})`,
  );
  const isSound = `coalesce(${lowest} > 0 AND ${highest} < 'Infinity', false)`;
  const width = barUs === undefined ? "(SELECT us FROM width)" : String(chunkUsOf(barUs));
  const chunk = `epoch_us(${time}) // ${width}`;
  // Before 1970 the remainder is below zero.
  const bit = `(epoch_us(${time}) % ${width} + ${width}) % ${width} * 64 // ${width}`;
  // The bars of some chunks. The values of rows are computed for those only.
  const barsOf = (chunks: string, fact: string): string => `
    (SELECT * FROM (
       SELECT ${list}, ${time} AS t, ${open} AS o, ${high} AS h, ${low} AS l, ${close} AS c,
              ${isNew} AS is_new, ${isSound} AS is_sound, of_chunk AS chunk, fact AS ${fact}
       FROM ${source}
       JOIN (SELECT ${keys.map((name, index) => `${name} AS of_key${index}`).join(", ")}, chunk AS of_chunk, ${fact} AS fact FROM ${chunks})
         ON ${keys.map((name, index) => `${name} IS NOT DISTINCT FROM of_key${index}`).join(" AND ")} AND ${chunk} = of_chunk
       ${version === undefined ? "" : `QUALIFY row_number() OVER (PARTITION BY ${list}, ${time} ORDER BY ${version} DESC) = 1`})
     WHERE is_sound)`;
  return `
    WITH ${barUs === undefined ? `width AS MATERIALIZED (SELECT ${chunkUsSeen(time)} AS us FROM ${source}),` : ""}
    spans AS MATERIALIZED (
      SELECT ${list}, ${chunk} AS chunk, bool_or(NOT ${isSound}) AS has_wrong, count(*) FILTER (${isSound}) AS bars,
             min(${lowest}) FILTER (${isSound}) AS lowest, max(${highest}) FILTER (${isSound}) AS highest,
             count(*) = bit_count(bit_or(1::UBIGINT << (${bit}))) AS has_one_version
      FROM ${source} GROUP BY ALL
    ), chunks AS MATERIALIZED (
      SELECT * FROM (
        SELECT *, coalesce(is_suspect OR lead(is_suspect) OVER in_order, false) AS is_needed
        FROM (SELECT ${list}, chunk,
                     has_wrong OR coalesce(lag(has_wrong) OVER in_order, false)
                       OR greatest(highest, lag(highest) OVER in_order) / least(lowest, lag(lowest) OVER in_order) >= ${Math.min(jump, wick)} AS is_suspect
              FROM spans WINDOW in_order AS (${ofSeries} chunk))
        WINDOW in_order AS (${ofSeries} chunk))
      WHERE is_needed
    ), suspects AS (
      SELECT *, row_number() OVER (PARTITION BY ${list}, chunk ORDER BY t) AS nth, lag(c) OVER in_order AS p,
             lag(t) OVER in_order AS before, lag(h / l) OVER in_order AS range_before,
             is_new OR coalesce(lag(is_new) OVER in_order, false) AS touches_new
      FROM ${barsOf("chunks", "is_suspect")} WINDOW in_order AS (${ofSeries} t)
    ), found AS MATERIALIZED (
      SELECT *, coalesce(ln(o / p), 0) AS jump, greatest(ln(h / greatest(o, c)), ln(least(o, c) / l)) AS wick
      FROM suspects
      WHERE is_suspect AND (greatest(o / p, p / o) >= ${jump} OR greatest(h / greatest(o, c), least(o, c) / l) >= ${wick})
      ORDER BY greatest(abs(jump), wick) DESC LIMIT ${foundMax}
    ), spans_of_found AS MATERIALIZED (
      SELECT * FROM spans AS s SEMI JOIN found AS f ON ${sameSeries("s", "f")}
    ), counted AS (
      SELECT ${list}, chunk, bars FROM spans_of_found WHERE ${version === undefined ? "true" : "has_one_version"}
      UNION ALL
      SELECT ${list}, chunk, count(*) AS bars
      FROM ${barsOf(`(SELECT * FROM spans_of_found WHERE ${version === undefined ? "false" : "NOT has_one_version"})`, "has_one_version")}
      GROUP BY ALL
    ), numbered AS MATERIALIZED (
      SELECT n.*, f.chunk IS NOT NULL AS has_found
      FROM (SELECT *, (sum(bars) OVER (${ofSeries} chunk) - bars)::BIGINT AS bars_before FROM counted) AS n
      LEFT JOIN (SELECT DISTINCT ${list}, chunk FROM found) AS f ON ${sameSeries("n", "f")} AND n.chunk = f.chunk
    ), around AS (
      SELECT *, bars_before + row_number() OVER (PARTITION BY ${list}, chunk ORDER BY t) AS place, lag(c) OVER (${ofSeries} t) AS p
      FROM ${barsOf(
        `(SELECT * FROM numbered
          QUALIFY bars_before - max(bars_before + bars) FILTER (has_found) OVER (${ofSeries} chunk ROWS UNBOUNDED PRECEDING) <= ${window}
               OR min(bars_before) FILTER (has_found) OVER (${ofSeries} chunk ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) - bars_before - bars <= ${window + 1})`,
        "bars_before",
      )}
    ), placed AS MATERIALIZED (
      SELECT f.*, n.bars_before + f.nth AS place FROM found AS f JOIN numbered AS n ON ${sameSeries("f", "n")} AND f.chunk = n.chunk
    ), places AS (
      SELECT ${list}, place, unnest(range(place - ${window}, place + ${window} + 1)) AS other FROM placed
    ), usual AS (
      SELECT ${keysIn("q")}, q.place,
             list_sort(list(abs(ln(b.c / b.p))) FILTER (b.place <> q.place AND b.p IS NOT NULL)) AS moves,
             median(ln(b.h / b.l)) FILTER (b.place <> q.place) AS usual_range
      FROM places AS q JOIN around AS b ON ${sameSeries("b", "q")} AND b.place = q.other
      GROUP BY ALL
    )
    SELECT ${keysIn("f")},
           to_json([${keys.map((name) => `f.${name}::VARCHAR`).join(", ")}])::VARCHAR AS series, f.place,
           f.t AS "timestamp", f.before, f.o AS open, f.h AS high, f.l AS low, f.c AS "close", f.p AS previous_close,
           f.jump, f.wick, ln(f.h / f.l) AS own_range, ln(f.range_before) AS range_before, f.touches_new,
           epoch_ms(f.t) - epoch_ms(f.before) AS elapsed,
           -- The largest of the others may be the way back from this jump.
           len(u.moves) - 1 AS others, list_median(u.moves[:-2]) AS usual_move, u.usual_range
    FROM placed AS f LEFT JOIN usual AS u ON ${sameSeries("f", "u")} AND f.place = u.place
    ORDER BY series, f.place`;
}

/**
 * A chunk is small enough that most markets move little in it and the one before, and large enough that there are few. It has
 * at most as many bars as a number has bits: when each row sets a bit of its own, no bar has two versions.
 */
const barsInChunkMin = 8;
const barsInChunkMax = 64;
const weekUs = weekMs * 1000;

function chunkUsOf(barUs: number): number {
  return Math.max(barsInChunkMin * barUs, Math.min(barsInChunkMax * barUs, weekUs));
}

/** The chunk of a timeframe that the bars tell. */
function chunkUsSeen(time: string): string {
  const bar = `((max(epoch_us(${time})) - min(epoch_us(${time}))) // greatest(approx_count_distinct(${time}), 1))`;
  return `greatest(${barsInChunkMin} * ${bar}, least(${barsInChunkMax / 2} * ${bar}, ${weekUs}), 1)`;
}

/** At most so many of the farthest jumps are examined: a table that does not hold prices has one at each row. */
const foundMax = 10_000;
