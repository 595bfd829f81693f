/** Matrix products: squares, thin ones, batches, and every transposition. */
import type { Problem } from "../problem.js";
import type { Row } from "./row.js";
import { indexOf, input, inputValues, sampled } from "./sampled.js";

interface Product {
  readonly batch?: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

function product(name: string, given: Product, quick = false): Row {
  const { batch, M, N, K, transposeA = false, transposeB = false } = given;
  const lead = batch === undefined ? [] : [batch];
  const n = batch ?? 1;
  const problem: Problem = {
    inputs: [
      input([...lead, ...(transposeA ? [K, M] : [M, K])], 1),
      input([...lead, ...(transposeB ? [N, K] : [K, N])], 2),
    ],
    program: (ops, x) => [ops.matmul(x(0), x(1), { transposeA, transposeB })],
  };
  return {
    name: `matmul ${name}`,
    family: "matmul",
    quick,
    naive: "always",
    flop: 2 * n * M * N * K,
    bytes: 4 * n * (M * K + K * N + M * N),
    problem,
    expect: () => {
      const [a = new Float32Array(), b = new Float32Array()] = inputValues(problem);
      return [
        sampled(n * M * N, (place) => {
          const [i = 0, row = 0, column = 0] = indexOf(place, [n, M, N]);
          let sum = 0;
          for (let k = 0; k < K; k++) {
            const left = a[i * M * K + (transposeA ? k * M + row : row * K + k)] ?? 0;
            sum += left * (b[i * K * N + (transposeB ? column * K + k : k * N + column)] ?? 0);
          }
          return sum;
        }),
      ];
    },
  };
}

const square = (n: number): Product => ({ M: n, N: n, K: n });

export const MATMUL_ROWS: readonly Row[] = [
  product("256", square(256), true),
  product("512", square(512), true),
  product("1024", square(1024)),
  product("2048", square(2048)),
  product("tall 8192×64×64", { M: 8192, N: 64, K: 64 }, true),
  product("wide 64×8192×64", { M: 64, N: 8192, K: 64 }),
  product("deep 64×64×8192", { M: 64, N: 64, K: 8192 }),
  product("batched 32×128", { batch: 32, ...square(128) }),
  product("512 aᵀ b", { ...square(512), transposeA: true }),
  product("512 a bᵀ", { ...square(512), transposeB: true }),
  product("512 aᵀ bᵀ", { ...square(512), transposeA: true, transposeB: true }),
];
