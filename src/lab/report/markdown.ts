/** A report as Markdown; pictures are files of their own, `<figures><name>.svg`. */
import type { Report, Section, Table } from "./report.js";

export function renderMarkdown(
  { title, lead, sections }: Report,
  { figures }: { figures: string },
): string {
  const parts = [`# ${title}`, ...lead, ...sections.map((one) => renderSection(one, figures))];
  return `${parts.join("\n\n")}\n`;
}

function renderSection({ title, text = [], table, figures = [] }: Section, path: string): string {
  const pictures = figures.map(({ name, caption }) => `![${caption}](${path}${name}.svg)`);
  return [`## ${title}`, ...text, ...(table ? [renderTable(table)] : []), ...pictures].join("\n\n");
}

function renderTable({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
