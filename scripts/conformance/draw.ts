/** Draws the inputs of a case: a seed in, the same sizes and values out. */
import { sizeOf } from "../../src/tensor/shape.js";
import { uniform } from "../../test/random.js";
import type { Given, Stored } from "./cases.js";

/** Digits of a value: enough that values differ, few enough that a file of them stays small. */
const DIGITS = 5;
/** What sizes and ranks are held to in the golden file. */
const SMALL = 3;

export interface Range {
  readonly low?: number;
  readonly high?: number;
}

export class Draw {
  private readonly next: () => number;
  private readonly small: boolean;

  constructor(seed: number, small: boolean) {
    this.next = uniform(seed);
    this.small = small;
  }

  /** An integer in [low, high]. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** A size in [low, high]; for the golden file the small ones of them. */
  size(low: number, high: number): number {
    return this.integer(low, this.small ? Math.max(low, Math.min(high, SMALL)) : high);
  }

  shape(rank: number, high = 6): number[] {
    return Array.from({ length: rank }, () => this.size(1, high));
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.integer(0, list.length - 1)] ?? list[0];
  }

  /** Values in [low, high). */
  f32(shape: readonly number[], { low = -2, high = 2 }: Range = {}): Given {
    const value = (): number => short(low + (high - low) * this.next());
    return { shape, dtype: "f32", values: fill(shape, value) };
  }

  /** Values of either sign, away from 0. */
  signed(shape: readonly number[], { low = 0.5, high = 2 }: Range = {}): Given {
    const value = (): number =>
      short((this.next() < 0.5 ? -1 : 1) * (low + (high - low) * this.next()));
    return { shape, dtype: "f32", values: fill(shape, value) };
  }

  /** Floats that are integers in [low, high], so that many are equal. */
  steps(shape: readonly number[], low: number, high: number): Given {
    return { shape, dtype: "f32", values: fill(shape, () => this.integer(low, high)) };
  }

  /** Some of `list`, in any order. */
  of(shape: readonly number[], list: readonly [number, ...number[]]): Given {
    const stored = (v: number): Stored => (Number.isFinite(v) ? v : String(v));
    return { shape, dtype: "f32", values: fill(shape, () => stored(this.pick(list))) };
  }

  /** Integers in [0, below). */
  u32(shape: readonly number[], below: number): Given {
    return { shape, dtype: "u32", values: fill(shape, () => this.integer(0, below - 1)) };
  }

  i32(shape: readonly number[], low = -9, high = 9): Given {
    return { shape, dtype: "i32", values: fill(shape, () => this.integer(low, high)) };
  }

  bool(shape: readonly number[]): Given {
    return { shape, dtype: "bool", values: fill(shape, () => this.integer(0, 1)) };
  }

  /** Axes of a tensor of `rank`, some counted from the end, or undefined for all. */
  axes(rank: number): number | number[] | undefined {
    const chosen = Array.from({ length: rank }, (_, i) => i).filter(() => this.next() < 0.5);
    if (chosen.length === 0) return undefined;
    const signed = chosen.map((axis) => (this.next() < 0.5 ? axis : axis - rank));
    return signed.length === 1 ? signed[0] : signed;
  }
}

function fill<T>(shape: readonly number[], value: () => T): T[] {
  return Array.from({ length: sizeOf(shape) }, value);
}

function short(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
