import { style as shared } from "../../pages/style.ts";

/** The look of a project's page: what all pages have, and what only this one shows. */
export const style: string = `${shared}
main { max-width: none; min-width: 0; margin: 0; } #overview > h2 { margin-top: 0; } a { text-underline-offset: 0.15em; }
nav { padding: 1.25rem 1rem; } nav h1 { font-size: 1.25rem; } nav h1 a { text-decoration: none; }
nav input { width: 100%; font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--quiet); border-radius: 6px; padding: 0.35rem 0.6rem; margin-top: 0.75rem; }
nav label { position: absolute; left: -999rem; } nav small { font-size: 0.8rem; } #found { min-height: 1.5rem; font-size: 0.85rem; }
nav details { border: 0; padding: 0; margin: 0.15rem 0; } nav summary { padding: 0.15rem 0; font-size: 0.9rem; font-weight: 600; } nav li a { display: block; padding: 0.15rem 0 0.15rem 1rem; text-decoration: none; } nav li a:hover { text-decoration: underline; }
section.resource { display: none; } section.resource:target { display: block; scroll-margin-top: 1.25rem; } body:has(section.resource:target) #overview { display: none; }
section.resource > h2 { margin-top: 0; } h2 .kind { font-weight: normal; white-space: nowrap; }
.prose { white-space: pre-line; max-width: 48rem; } .points { list-style: disc; padding-left: 1.25rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 0 2rem; margin: 0.75rem 0; }
dl > div { display: flex; gap: 0.75rem; border-top: 1px solid var(--line); padding: 0.25rem 0; } dt { color: var(--quiet); flex: 0 0 5rem; } dd { margin: 0; min-width: 0; }
pre { overflow-x: auto; margin: 0.5rem 0 0; font-size: 0.875rem; overflow-wrap: normal; } pre code { background: none; padding: 0; white-space: pre; }
.columns td:nth-child(2) { font-size: 0.8rem; white-space: normal; min-width: 7rem; } .columns { width: 100%; }
.lineage { border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem; } .lineage svg { display: block; font-family: system-ui, sans-serif; }
.lineage path { fill: none; stroke: var(--quiet); stroke-width: 1px; opacity: 0.7; } .lineage a { text-decoration: none; }
.lineage rect { fill: var(--raised); stroke: currentColor; stroke-width: 1.25px; } .lineage text { fill: var(--text); }
.lineage a:hover rect, .lineage a:focus-visible rect { stroke-width: 2.5px; } .lineage .focus rect { stroke-width: 2.5px; } .lineage .focus text { font-weight: 600; }
.dimmed path:not(.on), .dimmed a:not(.on) { opacity: 0.2; } .dimmed path.on { stroke: var(--text); opacity: 1; }
.model { color: var(--first); } .source { color: var(--good); } .seed { color: var(--warning); } .snapshot { color: var(--second); } .exposure { color: var(--critical); } .test, .analysis { color: var(--quiet); }
.legend li { display: flex; gap: 0.4rem; align-items: center; } .legend rect { fill: var(--raised); stroke: currentColor; stroke-width: 1.5px; } .legend span { color: var(--text); }
@media (max-width: 40rem) { .columns.wide td.none { display: none; } .columns.wide td.long { display: block; text-align: left; } .columns.wide td.long::before { display: block; max-width: none; } }
@media (max-width: 60rem) { body:has(section.resource:target) nav { display: none; } nav { padding-bottom: 0; } main { padding-top: 0.75rem; } }
@media (min-width: 60.01rem) { body { display: grid; grid-template-columns: 20rem minmax(0, 1fr); } nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-right: 1px solid var(--line); } main { padding: 1.25rem 2rem 4rem; } .back { display: none; } }
`;
