/**
 * Attention whose memory grows with T + S: the weights are made block by block and forgotten
 * (Milakov and Gimelshein, 2018; Dao et al., 2022). For each row of scores z = q kᵀ / √d + mask,
 * with
 * the maximum m and the sum l of what was seen so far, a block of keys gives
 *
 *     m' = max(m, max z)      l' = e^(m − m') l + Σ e^(z − m')      y' = e^(m − m') y + Σ e^(z −
 * m') v
 *
 * and y / l is the result. `stats` keeps m and log l of each row, the two parts of its log-sum-exp:
 * from them the gradients make P = e^(z − m − log l) anew.
 *
 *     dS = P ⊙ (dy vᵀ − ⟨dy, y⟩)      dq = dS k / √d      dk = dSᵀ q / √d      dv = Pᵀ dy
 *
 * Derivatives of the gradients are those of attention-materialised.ts, and need its memory.
 */
import { composedVjp } from "../autograd/composed.js";
import { defineOp } from "../autograd/define-op.js";
import { stopGradient } from "../autograd/grad.js";
import { ReferenceDevice } from "../device/reference.js";
import { kernel } from "../shaders/kernel.js";
import { tileFor } from "../shaders/tiles.js";
import type { NdArray } from "../tensor/ndarray.js";
import { Tensor } from "../tensor/tensor.js";
import {
  type AttentionAttrs,
  type AttentionInputs,
  type GradientInputs,
  materialised,
  materialisedGradients,
  scaleOf,
} from "./attention-materialised.js";
import { mul } from "./binary.js";
import { concat } from "./concat.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { sum } from "./sum.js";

const PARAMS = {
  batch: "u32",
  heads: "u32",
  queries: "u32",
  keys: "u32",
  channels: "u32",
  scale: "f32",
  masked: "u32",
  causal: "u32",
} as const;

const forward = {
  tiled: kernel("attention.forward.tiled", PARAMS),
  subgroup: kernel("attention.forward.subgroup", PARAMS),
};
const GRAD_PARAMS = { ...PARAMS, by_keys: "u32" } as const;
const backward = {
  tiled: kernel("attention.backward.tiled", GRAD_PARAMS),
  subgroup: kernel("attention.backward.subgroup", GRAD_PARAMS),
};

const op = defineOp({
  name: "attention",
  inputs: ["q", "k", "v", "stats"],
  optional: ["mask"],
  saves: ["q", "k", "v", "stats", "mask", "out"],
  infer: ({ q }, _: AttentionAttrs) => q.shape,
  gpu: ({ q, k, v, mask, stats }, out, attrs) => {
    const launch = plan(q, k, attrs, mask);
    forward[launch.variant]({
      ...launch,
      tensors: [q, k, v, mask ?? q, out, stats],
      groups: launch.groups(q.dim(1)),
    });
  },
  reference: (inputs, attrs) =>
    onReference({ ...inputs, dy: inputs.q }, (given) => materialised(given, attrs)),
  vjp: ({ q, k, v, stats, mask, out }, dy, attrs) => {
    const delta = once(() => alongHeads(stopGradient(dy), stopGradient(out), attrs));
    const given = { q, k, v, dy, stats, mask };
    const both = once(() => keyGradOp({ ...given, delta: delta() }, attrs));
    return {
      q: () => queryGradOp({ ...given, delta: delta() }, attrs),
      k: () => half(both(), 0),
      v: () => half(both(), 1),
    };
  },
});

/** As `attention`, for f32 on a GPU device of any sizes. */
export function flash(inputs: AttentionInputs, attrs: AttentionAttrs): Tensor {
  const { q } = inputs;
  const shape = [q.dim(0), q.dim(1), attrs.heads, 2];
  const stats = Tensor.allocate(q.device, { shape, dtype: "f32" }, "attention stats");
  const y = op({ ...inputs, stats }, attrs);
  if (y.tape === undefined) stats.dispose();
  return y;
}

const GRAD_INPUTS = ["q", "k", "v", "dy", "stats", "delta"] as const;

/** → dq [B, T, C] */
const queryGradOp = defineOp({
  name: "attentionQueryGrad",
  inputs: GRAD_INPUTS,
  optional: ["mask"],
  saves: ["q", "k", "v", "dy", "mask"],
  infer: ({ q }, _: AttentionAttrs) => q.shape,
  gpu: ({ q, k, v, dy, stats, delta, mask }, out, attrs) => {
    const launch = plan(q, k, attrs, mask);
    backward[launch.variant]({
      ...launch,
      params: { ...launch.params, by_keys: 0 },
      tensors: [q, dy, k, v, mask ?? q, stats, delta, out],
      groups: launch.groups(q.dim(1)),
    });
  },
  reference: (inputs, attrs) =>
    onReference(inputs, (given) => materialisedGradients(given, attrs).dq()),
  vjp: ({ q, k, v, dy, mask }, g, attrs) =>
    composedVjp({ q, k, v, dy }, g, (x) => materialisedGradients({ ...x, mask }, attrs).dq()),
});

/** → dk and behind it dv, [2, B, S, C] */
const keyGradOp = defineOp({
  name: "attentionKeyGrad",
  inputs: GRAD_INPUTS,
  optional: ["mask"],
  saves: ["q", "k", "v", "dy", "mask"],
  infer: ({ k }, _: AttentionAttrs) => [2, ...k.shape],
  gpu: ({ q, k, v, dy, stats, delta, mask }, out, attrs) => {
    const launch = plan(q, k, attrs, mask);
    backward[launch.variant]({
      ...launch,
      tensors: [k, v, q, dy, mask ?? q, stats, delta, out],
      groups: launch.groups(k.dim(1)),
      params: { ...launch.params, by_keys: 1 },
    });
  },
  reference: (inputs, attrs) => onReference(inputs, (given) => keyGradients(given, attrs)),
  vjp: ({ q, k, v, dy, mask }, g, attrs) =>
    composedVjp({ q, k, v, dy }, g, (x) => keyGradients({ ...x, mask }, attrs)),
});

function keyGradients(inputs: GradientInputs, attrs: AttentionAttrs): Tensor {
  const { dk, dv } = materialisedGradients(inputs, attrs);
  return concat(
    [dk(), dv()].map((x) => reshape(x, [1, ...x.shape])),
    0,
  );
}

/** One of the two gradients of keyGradOp. */
function half(both: Tensor, which: number): Tensor {
  return reshape(slice(both, { axis: 0, start: which, end: which + 1 }), both.shape.slice(1));
}

/** ⟨dy, y⟩ of each head: [B, T, heads] */
function alongHeads(dy: Tensor, y: Tensor, { heads }: AttentionAttrs): Tensor {
  const [b, t, c] = [y.dim(0), y.dim(1), y.dim(2)];
  return sum(reshape(mul(dy, y), [b, t, heads, c / heads]), { axes: -1 });
}

/** Scores of a block, as many as lie in workgroup memory: two times 4 KB. */
const BLOCK_SCORES = 1024;

/** Variant, uniforms, overrides, and the number of workgroups for so many rows. */
function plan(q: Tensor, k: Tensor, { heads, causal }: AttentionAttrs, mask?: Tensor) {
  const tile = tileFor(q.gpu.device);
  const subgroup = tile.variant === "subgroup";
  const [lanes, half] = subgroup ? [tile.threads, 4] : [32, 8];
  const tiles = Math.max(1, Math.floor(BLOCK_SCORES / (2 * half * 4 * lanes)));
  const [batch, channels] = [q.dim(0), q.dim(2) / heads];
  const [queries, keys] = [q.dim(1), k.dim(1)];
  const flags = { masked: Number(mask !== undefined), causal: Number(causal) };
  return {
    variant: subgroup ? ("subgroup" as const) : ("tiled" as const),
    params: { batch, heads, queries, keys, channels, scale: scaleOf(q, heads), ...flags },
    overrides: { SUBGROUP: lanes, HALF: half, TILES: tiles },
    groups: (rows: number) => batch * heads * Math.ceil(rows / (2 * half)),
  };
}

/** Runs ops on float64 arrays. */
function onReference(
  inputs: GradientInputs<NdArray>,
  f: (given: GradientInputs) => Tensor,
): NdArray {
  const device = new ReferenceDevice();
  const make = (x: NdArray): Tensor => Tensor.fromReference(device, x, "f32", "attention");
  const { q, k, v, dy, mask } = inputs;
  const given = { q: make(q), k: make(k), v: make(v), dy: make(dy), mask: mask && make(mask) };
  return f(given).reference;
}

/** `make`, called when its value is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
