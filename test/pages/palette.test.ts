import assert from "node:assert/strict";
import { test } from "node:test";

import { dark, light } from "../../src/pages/palette.ts";
import type { Palette } from "../../src/pages/palette.ts";

/** WCAG's relative luminance of a colour. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG's contrast ratio of two colours. */
function contrast(one: string, other: string): number {
  const [less = 0, more = 0] = [luminance(one), luminance(other)].toSorted((left, right) => left - right);
  return (more + 0.05) / (less + 0.05);
}

/** All colours that letters have: every one except the grounds and the lines. */
function textsOf(palette: Palette): readonly string[] {
  return Object.entries(palette)
    .filter(([name]) => !["ground", "raised", "line"].includes(name))
    .map(([, color]) => color);
}

for (const [name, palette] of [
  ["light", light],
  ["dark", dark],
] as const) {
  test(`every text can be read in the ${name}: four and a half to one, as WCAG AA asks`, () => {
    for (const ground of [palette.ground, palette.raised])
      for (const text of textsOf(palette))
        assert.ok(
          contrast(ground, text) >= 4.5,
          `${text} on ${ground}: ${contrast(ground, text).toFixed(2)}`,
        );
  });
}
