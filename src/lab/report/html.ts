/** A report as one HTML page that needs no other file; readable on a phone and on a desktop. */
import type { Figure, Report, Section, Table } from "./report.js";

/** Cells longer than this are broken into lines. */
const LONG = 40;

const STYLE = `
:root { color-scheme: light; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: #fff; color: #1c2127;
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { margin-top: 2.5rem; font-size: 1.25rem; }
p { max-width: 46rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #d8dde3; text-align: left; }
th { position: sticky; top: 0; background: #f3f5f7; vertical-align: bottom; }
td, th { white-space: nowrap; }
td.long { white-space: normal; min-width: 16rem; }
.figures { display: grid; gap: 1rem; margin-top: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(21rem, 100%), 1fr)); }
figure.broad { grid-column: 1 / -1; }
figure { margin: 0; } figure svg { display: block; width: 100%; height: auto; }
figcaption { font-size: .85rem; color: #4a545e; }
`;

/** `refresh`: seconds after which a browser reads the page again. */
export function renderHtml(
  { title, lead, sections }: Report,
  { refresh }: { refresh?: number } = {},
): string {
  const again = refresh === undefined ? "" : `<meta http-equiv="refresh" content="${refresh}">\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${again}<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
${lead.map(paragraph).join("\n")}
${sections.map(section).join("\n")}
</body>
</html>
`;
}

/** Text that may stand in HTML and SVG. */
export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function section({ title, text = [], table, figures = [] }: Section): string {
  const pictures =
    figures.length > 0 ? `<div class="figures">\n${figures.map(figure).join("\n")}\n</div>` : "";
  return [
    `<section><h2>${escapeText(title)}</h2>`,
    ...text.map(paragraph),
    table ? renderTable(table) : "",
    pictures,
    "</section>",
  ].join("\n");
}

function paragraph(text: string): string {
  return `<p>${withBold(text)}</p>`;
}

function withBold(text: string): string {
  return escapeText(text).replaceAll(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>");
}

function renderTable({ head, rows }: Table): string {
  const cell = (text: string): string =>
    `<td${text.length > LONG ? ' class="long"' : ""}>${withBold(text)}</td>`;
  const body = rows.map((cells) => `<tr>${cells.map(cell).join("")}</tr>`).join("\n");
  return `<div class="wide"><table>
<thead><tr>${head.map((text) => `<th>${withBold(text)}</th>`).join("")}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

function figure({ svg, caption, wide }: Figure): string {
  return `<figure${wide ? ' class="broad"' : ""}>${svg}<figcaption>${withBold(caption)}</figcaption></figure>`;
}
