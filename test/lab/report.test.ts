/** Reports as HTML, Markdown and SVG. */
import { expect, test } from "vitest";
import { curvesSvg, niceStep } from "../../src/lab/report/curves.js";
import { renderHtml } from "../../src/lab/report/html.js";
import { renderMarkdown } from "../../src/lab/report/markdown.js";
import type { Report } from "../../src/lab/report/report.js";

const svg = curvesSvg({
  title: "a < b",
  x: "n_eff",
  y: "reward",
  series: [
    {
      name: "one & two",
      colour: "#08306b",
      points: [
        [1, 0],
        [2, 0.5],
        [4, 1],
      ],
    },
    {
      name: "bound",
      colour: "#111",
      points: [
        [1, 0.2],
        [4, 0.2],
      ],
      dashed: true,
      thick: true,
    },
  ],
});
const report: Report = {
  title: "A <small> report",
  lead: ["It is **verified**."],
  sections: [
    { title: "Rows", text: ["1 < 2"], table: { head: ["a|b", "c"], rows: [["x|y", "<b>"]] } },
    { title: "Pictures", figures: [{ name: "curve", caption: "A curve.", svg }] },
  ],
  data: null,
};

test("Markdown: a table's bars are escaped, pictures are linked", () => {
  expect(renderMarkdown(report, { figures: "figures/" })).toMatchInlineSnapshot(`
    "# A <small> report

    It is **verified**.

    ## Rows

    1 < 2

    | a\\|b | c |
    | --- | --- |
    | x\\|y | <b> |

    ## Pictures

    ![A curve.](figures/curve.svg)
    "
  `);
});

test("HTML is one page: nothing is loaded, text is escaped, pictures are inline", () => {
  const html = renderHtml(report);
  expect(html).toContain("<h1>A &lt;small&gt; report</h1>");
  expect(html).toContain("It is <strong>verified</strong>.");
  expect(html).toContain("<td>&lt;b&gt;</td>");
  expect(html).toContain('name="viewport"');
  expect(html).toContain("<figure><svg");
  expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(
    /https?:|src=|href=|<script/,
  );
});

test("curves: a line for each series, inside of the frame, with legend and ticks", () => {
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg).toContain("one &amp; two");
  expect(svg).toContain("<title>a &lt; b</title>");
  const [, points = ""] = /<polyline points="([^"]*)"/.exec(svg) ?? [];
  const numbers = points.split(/[ ,]/).map(Number);
  expect(numbers).toHaveLength(6);
  expect(Math.min(...numbers)).toBeGreaterThan(0);
  expect(Math.max(...numbers)).toBeLessThan(380);
  // Rising rewards go up, which is towards 0.
  expect(numbers[1]).toBeGreaterThan(numbers[5] ?? Infinity);
});

test("ticks are 1, 2 or 5 times a power of ten", () => {
  expect([0.03, 0.2, 0.21, 3, 7, 10].map(niceStep)).toEqual([0.05, 0.2, 0.5, 5, 10, 10]);
});
