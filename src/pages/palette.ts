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
  /** What tells kinds of things apart without a verdict. */
  readonly first: string;
  readonly second: string;
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
  first: "#0b5aa8",
  second: "#7a35a8",
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
  first: "#7fb9ff",
  second: "#d3a4f7",
};
