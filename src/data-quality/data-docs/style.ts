import { listRows, style as shared } from "../../pages/style.ts";

/** The look of Data Docs: what all pages have, and what only this one shows. */
export const style: string = `${shared}
.overview > li { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: center; justify-content: space-between; padding: 0.75rem 0; border-top: 1px solid var(--line); }
.found { border-left: 4px solid var(--line); background: var(--raised); border-radius: 0 6px 6px 0; padding: 0.6rem 0.8rem; margin: 0.6rem 0; }
.found.critical-edge { border-color: var(--critical); } .found.warning-edge { border-color: var(--warning); } .found code { background: var(--ground); }
.held li { padding: 0.3rem 0 0.3rem 1.6rem; text-indent: -1.6rem; border-top: 1px solid var(--line); }
.held .mark { display: inline-block; width: 1.6rem; text-indent: 0; }
figure { margin: 0.6rem 0; } figcaption { font-size: 0.9rem; } svg.gaps { display: block; width: 100%; height: 1.1rem; }
${listRows(".widest")}
@media (min-width: 40.01rem) { .widest tbody { columns: 2; column-gap: 2rem; } .widest tr { break-inside: avoid; } }
.axis { display: flex; justify-content: space-between; font-size: 0.8rem; }
rect.held, rect.all { fill: var(--good); } rect.warned, rect.most { fill: var(--warning); }
rect.broken, rect.some, rect.none { fill: var(--critical); }
rect.closed, rect.not-yet, rect.unknown { fill: var(--quiet); } rect.not-fetched { fill: var(--quiet); opacity: 0.7; }
svg.gaps rect { stroke: var(--ground); stroke-width: 1px; vector-effect: non-scaling-stroke; }
`;
