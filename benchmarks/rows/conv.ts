/**
 * Convolutions forward and their two gradients, at the shapes of a small UNet (batch 8, every
 * level with the same number of operations) and of SDXL's (batch 1).
 */
import type { Ops, Problem, Shape } from "../problem.js";
import type { Expected, Row } from "./row.js";
import { indexOf, input, inputValues, sampled } from "./sampled.js";

interface Sizes {
  readonly N: number;
  readonly C: number;
  readonly O: number;
  readonly S: number;
  readonly K: number;
}

type Kind = "forward" | "input gradient" | "weight gradient";

function program(kind: Kind, { N, C, O, S, K }: Sizes): Problem {
  const options = { stride: 1, padding: (K - 1) / 2 };
  const [x, w, dy]: Shape[] = [
    [N, C, S, S],
    [O, C, K, K],
    [N, O, S, S],
  ];
  if (!x || !w || !dy) throw new Error("no shapes");
  const picture = "picture" as const;
  const kernel = input(w, 2, { layout: "kernel", weight: true, spread: (C * K * K) ** -0.5 });
  const [image, given] = [input(x, 1, { layout: picture }), input(dy, 3, { layout: picture })];
  if (kind === "forward") {
    return {
      inputs: [image, kernel],
      results: [picture],
      program: <T>(ops: Ops<T>, of: (i: number) => T) => [ops.conv2d(of(0), of(1), options)],
    };
  }
  if (kind === "input gradient") {
    return {
      inputs: [given, kernel],
      results: [picture],
      program: (ops, of) => [ops.convInputGrad(of(0), of(1), x, options)],
    };
  }
  return {
    inputs: [image, given],
    results: ["kernel"],
    program: (ops, of) => [ops.convWeightGrad(of(0), of(1), w, options)],
  };
}

/** Σ over the taps that touch the place, by the definition. */
function expected(kind: Kind, { N, C, O, S, K }: Sizes, problem: Problem): Expected {
  const [a = new Float32Array(), b = new Float32Array()] = inputValues(problem);
  const p = (K - 1) / 2;
  const inside = (y: number, x: number): boolean => y >= 0 && y < S && x >= 0 && x < S;
  const pixel = (
    data: Float32Array,
    channels: number,
    n: number,
    c: number,
    y: number,
    x: number,
  ) => (inside(y, x) ? (data[((n * channels + c) * S + y) * S + x] ?? 0) : 0);
  const tap = (o: number, c: number, i: number, j: number): number =>
    b[((o * C + c) * K + i) * K + j] ?? 0;
  const taps = (f: (i: number, j: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < K; i++) for (let j = 0; j < K; j++) sum += f(i, j);
    return sum;
  };
  if (kind === "forward") {
    return sampled(N * O * S * S, (place) => {
      const [n = 0, o = 0, y = 0, x = 0] = indexOf(place, [N, O, S, S]);
      let sum = 0;
      for (let c = 0; c < C; c++)
        sum += taps((i, j) => tap(o, c, i, j) * pixel(a, C, n, c, y + i - p, x + j - p));
      return sum;
    });
  }
  if (kind === "input gradient") {
    return sampled(N * C * S * S, (place) => {
      const [n = 0, c = 0, y = 0, x = 0] = indexOf(place, [N, C, S, S]);
      let sum = 0;
      for (let o = 0; o < O; o++)
        sum += taps((i, j) => tap(o, c, i, j) * pixel(a, O, n, o, y - i + p, x - j + p));
      return sum;
    });
  }
  return sampled(O * C * K * K, (place) => {
    const [o = 0, c = 0, i = 0, j = 0] = indexOf(place, [O, C, K, K]);
    let sum = 0;
    for (let n = 0; n < N; n++)
      for (let y = 0; y < S; y++)
        for (let x = 0; x < S; x++)
          sum += pixel(b, O, n, o, y, x) * pixel(a, C, n, c, y + i - p, x + j - p);
    return sum;
  });
}

function rows(N: number, S: number, C: number, K: number, quick = false): Row[] {
  const sizes = { N, C, O: C, S, K };
  const kinds: readonly Kind[] = ["forward", "input gradient", "weight gradient"];
  return kinds.map((kind): Row => {
    const problem = program(kind, sizes);
    return {
      name: `conv ${K}×${K} ${kind} ${N}×${S}×${S}×${C}`,
      family: "conv",
      quick: quick && kind !== "input gradient",
      naive: C >= 320 ? "not quick" : "always",
      flop: 2 * N * S * S * C * C * K * K,
      bytes: 4 * (2 * N * C * S * S + C * C * K * K),
      problem,
      expect: () => [expected(kind, sizes, problem)],
    };
  });
}

export const CONV_ROWS: readonly Row[] = [
  ...[3, 1].flatMap((K) => [
    ...rows(8, 32, 64, K, K === 3),
    ...rows(8, 16, 128, K),
    ...rows(8, 8, 256, K),
    ...rows(1, 64, 320, K),
    ...rows(1, 32, 640, K),
  ]),
];
