import { ownMember } from "finance-feedback-delta/contract";

import { paint } from "./paint.ts";
import type { Paint } from "./paint.ts";
import { cutTo, padTo, widthOf, wrapTo } from "./text-width.ts";

type Row = Readonly<Record<string, unknown>>;

export interface TableStyle {
  /** The most columns of a line; no limit when left out. */
  readonly width?: number | undefined;
  /** Columns that are dropped when a line is too long, the last one first. */
  readonly optional?: readonly string[];
  /** Essential columns: without room their values are printed below the row, with their names. */
  readonly kept?: readonly string[];
  /** A text below the row, wrapped to the width, such as a reason that is too long for a column. */
  readonly below?: (row: Row) => string | undefined;
  /** A cell's colour, by column. */
  readonly colors?: ReadonlyMap<string, (value: unknown, row: Row) => Paint | undefined>;
}

/** Rows as an aligned table with a rule under the header; numbers are right-aligned. */
export function renderTable(
  columns: readonly string[],
  rows: readonly Row[],
  style: TableStyle = {},
): string {
  return fitTable(columns, rows, style).text;
}

export interface FittedTable {
  readonly text: string;
  /** Columns without room. */
  readonly hidden: readonly string[];
}

/**
 * The table, made to fit the terminal. Empty and optional columns are dropped first. Then long texts are cut, never a number
 * or a time. Then the last columns are dropped.
 */
export function fitTable(
  columns: readonly string[],
  rows: readonly Row[],
  style: TableStyle = {},
): FittedTable {
  const { width = Number.POSITIVE_INFINITY, optional = [], kept = [] } = style;
  const all = columns.map((name) => columnOf(name, rows, style));
  let shown: readonly TableColumn[] = all;
  if (lineWidth(shown) > width) shown = shown.filter(({ isEmpty }) => !isEmpty || rows.length === 0);
  for (const name of optional.toReversed())
    if (lineWidth(shown) > width) shown = shown.filter((column) => column.name !== name);
  shown = shrunk(shown, width);
  while (lineWidth(shown) > width && shown.length > 1) shown = shown.slice(0, -1);
  const names = new Set(shown.map(({ name }) => name));
  const below = all.filter(({ name, isEmpty }) => kept.includes(name) && !isEmpty && !names.has(name));
  const header = line(
    shown.map((column) => padTo(cutTo(column.name, column.width), column.width, column.side)),
  );
  const rule = shown.map((column) => "-".repeat(column.width)).join(gap);
  const lines = rows.flatMap((row, index) => [
    line(shown.map((column) => cell(column, column.cells[index] ?? "", column.values[index], row))),
    ...namedCells(below, index, width),
    ...wrapped(withoutControls(style.below?.(row) ?? ""), width),
  ]);
  return {
    text: `${[header, rule, ...lines].join("\n")}\n`,
    hidden: all
      .filter((column) => !column.isEmpty && !names.has(column.name) && !below.includes(column))
      .map(({ name }) => name),
  };
}

/** Cells with their names, as many to a line as there is room for. */
function namedCells(columns: readonly TableColumn[], row: number, width: number): readonly string[] {
  const lines: string[] = [];
  for (const { name, cells } of columns) {
    const text = `${name}: ${cells[row] ?? ""}`;
    if (cells[row] === undefined || cells[row] === "") continue;
    const longer = `${lines.at(-1) ?? ""}${gap}${text}`;
    if (lines.length > 0 && widthOf(longer) <= width - indent.length) lines[lines.length - 1] = longer;
    else lines.push(text);
  }
  return lines.flatMap((one) => wrapped(one, width));
}

interface TableColumn {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly cells: readonly string[];
  readonly width: number;
  readonly side: "left" | "right";
  /** The width below which it cannot be cut. */
  readonly widthMin: number;
  readonly color: ((value: unknown, row: Row) => Paint | undefined) | undefined;
  readonly isEmpty: boolean;
}

const gap = "  ";
/** The least that a cut text shows. */
const textWidthMin = 12;
/** What a text shows at the most on a terminal. */
const textWidthMax = 60;

function columnOf(name: string, rows: readonly Row[], { width, colors }: TableStyle): TableColumn {
  // A column may have the name of a member that every object inherits.
  const values = rows.map((row) => ownMember(row, name));
  const cells = values.map(cellText);
  const isNumeric = rows.length > 0 && values.every(isNumber);
  const isExact = isNumeric || cells.every(isWhole);
  const natural = cells.reduce((widest, text) => Math.max(widest, widthOf(text)), widthOf(name));
  return {
    name,
    values,
    cells,
    width:
      isExact || width === undefined ? natural : Math.min(natural, Math.max(textWidthMax, widthOf(name))),
    side: isNumeric ? "right" : "left",
    widthMin: isExact ? natural : Math.min(natural, textWidthMin),
    color: colors?.get(name),
    isEmpty: cells.every((text) => text === ""),
  };
}

/** Cuts the widest of the columns that can be cut, until the line fits or no column can be cut further. */
function shrunk(columns: readonly TableColumn[], width: number): readonly TableColumn[] {
  const result = [...columns];
  for (let over = lineWidth(result) - width; over > 0; over = lineWidth(result) - width) {
    const widest = result.reduce<TableColumn | undefined>(
      (best, column) => (column.width > column.widthMin && column.width > (best?.width ?? 0) ? column : best),
      undefined,
    );
    if (widest === undefined) return columns;
    result[result.indexOf(widest)] = { ...widest, width: Math.max(widest.widthMin, widest.width - over, 1) };
  }
  return result;
}

function lineWidth(columns: readonly TableColumn[]): number {
  return columns.reduce((sum, column) => sum + column.width, gap.length * (columns.length - 1));
}

function cell({ width, side, color }: TableColumn, text: string, value: unknown, row: Row): string {
  const cut = cutTo(text, width);
  const padding = " ".repeat(Math.max(0, width - widthOf(cut)));
  // Padding has no colour: the end of a line is trimmed.
  const painted = paint(color?.(value, row), cut);
  return side === "left" ? painted + padding : padding + painted;
}

function line(cells: readonly string[]): string {
  return cells.join(gap).trimEnd();
}

function cellText(value: unknown): string {
  return withoutControls(plainText(value));
}

/** Control characters of a table's text must not reach the terminal. */
function withoutControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}

/** A text in lines of at most the width, indented below its row. */
function wrapped(text: string, width: number): string[] {
  return wrapTo(text, width - indent.length).map((part) => `${indent}${part}`);
}

const indent = "     ";

function plainText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

/** Empty cells do not decide a column's alignment; decimals come as text. */
function isNumber(value: unknown): boolean {
  return (
    value === null ||
    typeof value === "number" ||
    (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value))
  );
}

/** Texts that mean something else when they are cut: a number, a time, the name of a file or a series. */
function isWhole(text: string): boolean {
  return /^\S{0,40}$/.test(text);
}
