/** A report as data; html.ts and markdown.ts write it down. Text is plain, with **bold** words. */
import type { Json } from "../json.js";

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A picture: SVG text without a size, so that it fills its place. Any plot that yields one fits. */
export interface Figure {
  /** Stem of its file, unique in the report. */
  readonly name: string;
  readonly caption: string;
  readonly svg: string;
  /** Takes the page's whole width, as pictures of several panels do. */
  readonly wide?: true;
}

export interface Section {
  readonly title: string;
  readonly text?: readonly string[];
  readonly table?: Table;
  readonly figures?: readonly Figure[];
}

export interface Report {
  readonly title: string;
  /** What was found, in a few sentences. */
  readonly lead: readonly string[];
  readonly sections: readonly Section[];
  /** The same for machines: `--json` prints it. */
  readonly data: Json;
}
