/** The colours of a page, each readable on the two grounds: by four and a half to one, as WCAG AA asks. */
export interface Palette {
  readonly ground: string;
  readonly raised: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly good: string;
  readonly warning: string;
  readonly critical: string;
}

export const light: Palette = {
  ground: "#ffffff",
  raised: "#f4f6f8",
  text: "#1a1f26",
  quiet: "#525b66",
  line: "#d3d9e0",
  good: "#156c35",
  warning: "#855000",
  critical: "#b3221a",
};
export const dark: Palette = {
  ground: "#0f1318",
  raised: "#1a2027",
  text: "#e8edf2",
  quiet: "#a3adb8",
  line: "#38414c",
  good: "#5fd387",
  warning: "#f0b44a",
  critical: "#ff8f86",
};

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--${name}: ${color};`)
    .join(" ");
}

/** Rows that stand as lists of names and values. */
function listRows(table: string): string {
  return `
${table} thead { display: none; } ${table}, ${table} tbody, ${table} tr { display: block; width: 100%; } ${table} tr { border-top: 1px solid var(--line); padding: 0.3rem 0; }
${table} td, ${table} td.long { display: flex; gap: 1rem; justify-content: space-between; border: 0; padding: 0.1rem 0; min-width: 0; white-space: normal; text-align: right; }
${table} td::before { content: attr(data-name); color: var(--quiet); text-align: left; flex: none; max-width: 45%; }`;
}

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
.overview > li { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: center; justify-content: space-between; padding: 0.75rem 0; border-top: 1px solid var(--line); }
.found { border-left: 4px solid var(--line); background: var(--raised); border-radius: 0 6px 6px 0; padding: 0.6rem 0.8rem; margin: 0.6rem 0; }
.found.critical-edge { border-color: var(--critical); } .found.warning-edge { border-color: var(--warning); } .found code { background: var(--ground); }
.held li { padding: 0.3rem 0 0.3rem 1.6rem; text-indent: -1.6rem; border-top: 1px solid var(--line); }
.held .mark { display: inline-block; width: 1.6rem; text-indent: 0; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0.6rem 0; padding: 0.5rem 0.8rem; }
summary { cursor: pointer; } :focus-visible { outline: 2px solid var(--text); outline-offset: 2px; }
.scroll { overflow-x: auto; margin: 0.5rem 0; } table { max-width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th, td { text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; border-top: 1px solid var(--line); vertical-align: top; } td, th { white-space: nowrap; } td.long { white-space: normal; min-width: 12rem; }
th { color: var(--quiet); font-weight: 600; border-top: 0; } .number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 0.6rem 0; } figcaption { font-size: 0.9rem; } svg.gaps { display: block; width: 100%; height: 1.1rem; }
${listRows(".widest")}
@media (min-width: 40.01rem) { .widest tbody { columns: 2; column-gap: 2rem; } .widest tr { break-inside: avoid; } }
@media (max-width: 40rem) { ${listRows(".wide")} }
.axis { display: flex; justify-content: space-between; font-size: 0.8rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; font-size: 0.8rem; }
rect.held, rect.all { fill: var(--good); } rect.warned, rect.most { fill: var(--warning); }
rect.broken, rect.some, rect.none { fill: var(--critical); }
rect.closed, rect.not-yet, rect.unknown { fill: var(--quiet); } rect.not-fetched { fill: var(--quiet); opacity: 0.7; }
svg.gaps rect { stroke: var(--ground); stroke-width: 1px; vector-effect: non-scaling-stroke; }
`;
