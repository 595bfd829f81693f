/**
 * Finished jobs as one tidy table: a row for each point of an arm, with the columns experiment, job,
 * every field of the config, seconds (what the whole job took), and what the experiment says of the
 * point.
 *
 * Where it says nothing, its result is flattened: {a: {b: 1}} is a column a.b; the objects of a list are
 * a row each, numbered by `point`, beside the values around the list; lists of other things are left
 * out.
 */
import type { Cell, OpenExperiment, Row } from "../experiment.js";
import type { Json } from "../json.js";
import { type Config, textOf } from "./plan.js";

type Table = { readonly [name: string]: Json };

export interface FinishedJob {
  readonly experiment: string;
  readonly config: Config;
  readonly job: string;
  readonly seconds: number;
  readonly result: Json;
}

export function tidyRows(finished: FinishedJob, opened: OpenExperiment): Row[] {
  const { experiment, config, job, seconds, result } = finished;
  const fields = Object.entries(config).map(([name, value]) => [name, cellOf(value)] as const);
  const left: Row = { experiment, job, ...Object.fromEntries(fields), seconds };
  const rows = opened.rows(job, result) ?? flatten(result);
  return rows.map((row) => {
    // A config's field and a measure of the same name are two columns.
    const right = Object.entries(row).map(
      ([name, value]) => [name in left ? `result.${name}` : name, finite(value)] as const,
    );
    return { ...left, ...Object.fromEntries(right) };
  });
}

/** The rows of a result that nobody described. */
export function flatten(result: Json): Row[] {
  if (isList(result)) return pointsOf(result);
  if (!isTable(result)) return [{ value: cellOf(result) }];
  const around = cellsOf(result);
  const lists = Object.entries(result).flatMap(([name, value]) =>
    isList(value) ? [[name, value] as const] : [],
  );
  if (lists.length === 0) return [around];
  return lists.flatMap(([name, list]) =>
    pointsOf(list).map((point) => ({
      ...(lists.length > 1 ? { list: name } : {}),
      ...around,
      ...point,
    })),
  );
}

function pointsOf(list: readonly Table[]): Row[] {
  return list.map((entry, point) => ({ point, ...cellsOf(entry) }));
}

/** All values of a table that are no lists, by the path to them. */
function cellsOf(table: Table, path = ""): Row {
  const cells = Object.entries(table).flatMap(([name, value]): [string, Cell][] => {
    if (isTable(value)) return Object.entries(cellsOf(value, `${path}${name}.`));
    return Array.isArray(value) ? [] : [[`${path}${name}`, cellOf(value)]];
  });
  return Object.fromEntries(cells);
}

function cellOf(value: Json): Cell {
  return typeof value === "object" && value !== null ? textOf(value) : finite(value);
}

/** JSON has no NaN: what is not finite is absent. */
function finite(value: Cell): Cell {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

function isTable(value: Json): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Json): value is readonly Table[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}
