/** Numbers as the report's tables show them; – for what there is not. */
import type { Interval } from "../statistics/index.js";

export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1).replace("-", "−");
}

export function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${number(value)}`;
}

export function interval(found: Interval | undefined): string {
  if (!found) return "–";
  return `${signed(found.mean)} [${signed(found.low)}, ${signed(found.high)}]`;
}
