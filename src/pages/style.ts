import { dark, light } from "./palette.ts";
import type { Palette } from "./palette.ts";

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--${name}: ${color};`)
    .join(" ");
}

/** Rows of these tables stand as lists of names and values; a cell says its name by `data-name`. */
export function listRows(table: string): string {
  return `
${table} thead { display: none; } ${table}, ${table} tbody, ${table} tr { display: block; width: 100%; } ${table} tr { border-top: 1px solid var(--line); padding: 0.3rem 0; }
${table} td, ${table} td.long { display: flex; gap: 1rem; justify-content: space-between; border: 0; padding: 0.1rem 0; min-width: 0; white-space: normal; text-align: right; }
${table} td::before { content: attr(data-name); color: var(--quiet); text-align: left; flex: none; max-width: 45%; }`;
}

/** What all pages look like. */
export const style: string = `
:root { color-scheme: light dark; ${variables(light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(dark)} } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); overflow-wrap: anywhere; }
main { max-width: 64rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 0.25rem; line-height: 1.3; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.5rem; } p { margin: 0.25rem 0; } a { color: inherit; }
code { font: 0.9em/1.4 ui-monospace, monospace; background: var(--raised); padding: 0.05em 0.3em; border-radius: 4px; }
.quiet { color: var(--quiet); font-weight: normal; } small { font-size: 0.85rem; }
.good { color: var(--good); } .warning { color: var(--warning); } .critical { color: var(--critical); }
ul { list-style: none; margin: 0; padding: 0; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0.6rem 0; padding: 0.5rem 0.8rem; }
summary { cursor: pointer; } :focus-visible { outline: 2px solid var(--text); outline-offset: 2px; }
.scroll { overflow-x: auto; margin: 0.5rem 0; } table { max-width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th, td { text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; border-top: 1px solid var(--line); vertical-align: top; } td, th { white-space: nowrap; } td.long { white-space: normal; min-width: 12rem; }
th { color: var(--quiet); font-weight: 600; border-top: 0; } .number { text-align: right; font-variant-numeric: tabular-nums; }
@media (max-width: 40rem) { ${listRows(".wide")} }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; font-size: 0.8rem; }
`;
