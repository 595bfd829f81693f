/**
 * A table as Parquet. A column is of booleans, of whole numbers (those that are named so), of float64
 * or of text; one with values of several kinds is text. Absent values are null.
 */
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";

type Cell = null | boolean | number | string;
type Row = Readonly<Record<string, Cell>>;

/** `whole`: columns of whole numbers, stored as INT64. */
export function encodeParquet(rows: readonly Row[], whole: ReadonlySet<string>): Uint8Array {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columnData = names.map((name) => {
    const values = rows.map((row) => row[name] ?? null);
    return column(name, values, whole.has(name));
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

function column(name: string, values: readonly Cell[], whole: boolean): ColumnSource {
  const kinds = new Set(values.filter((value) => value !== null).map((value) => typeof value));
  const kind = kinds.size === 1 ? [...kinds][0] : "string";
  if (kind === "boolean") return { name, type: "BOOLEAN", data: [...values] };
  if (kind === "number" && whole && values.every((v) => v === null || Number.isSafeInteger(v))) {
    const data = values.map((value) => (value === null ? null : BigInt(value)));
    return { name, type: "INT64", data };
  }
  if (kind === "number") return { name, type: "DOUBLE", data: [...values] };
  return { name, type: "STRING", data: values.map((v) => (v === null ? null : String(v))) };
}
