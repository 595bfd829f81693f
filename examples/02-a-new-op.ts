/**
 * An op of your own: a shape rule, a kernel, a float64 reference, and a derivative.
 *
 *     mish(x) = x tanh(s),     s = ln(1 + eˣ)                               (Misra 2019)
 *     mish'(x) = tanh(s) + x (1 − tanh²(s)) σ(x)
 *
 *     npx tsx examples/02-a-new-op.ts
 */
import {
  add,
  defineOp,
  elements,
  gradcheck,
  kernel,
  mul,
  NdArray,
  openNodeDevice,
  ReferenceDevice,
  sigmoid,
  softplus,
  square,
  sub,
  type Tensor,
  tanh,
  tensor,
} from "../src/node.js";

// The elementwise family's shader takes its element types and its one line of WGSL from outside; x is a vec4f.
const run = kernel(
  "elementwise_unary",
  { vectors: "u32" },
  elements("f32") +
    "fn f(x: Value4) -> Value4 { return x * safe_tanh(max(x, vec4f()) + log(1.0 + exp(-abs(x)))); }",
);

const op = defineOp({
  name: "mish",
  inputs: ["x"],
  saves: ["x"],
  infer: ({ x }) => x.shape,
  gpu: ({ x }, out) => {
    const vectors = Math.ceil(out.size / 4);
    run({ tensors: [x, out], params: { vectors }, groups: Math.ceil(vectors / 64) });
  },
  reference: ({ x }) => x.map((v) => v * Math.tanh(Math.log1p(Math.exp(v)))),
  vjp: ({ x }, dy) => ({
    x: () => {
      const t = tanh(softplus(x));
      return mul(dy, add(t, mul(mul(x, sub(1, square(t))), sigmoid(x))));
    },
  }),
});

/** x, any shape → the same shape */
const mish = (x: Tensor): Tensor => op({ x }, {});

// 1. The derivative, against central differences of the reference: float64, no GPU.
const point = new NdArray([5], Float64Array.of(-3, -0.5, 0, 0.7, 4));
console.log(`gradcheck: ${gradcheck(mish, [point]).message}`);

// 2. The kernel, against the reference.
const { device, close } = await openNodeDevice();
{
  using _scope = device.scope();
  const got = await mish(tensor(device, point.data, point.shape)).data();
  const reference = new ReferenceDevice();
  using _inner = reference.scope();
  const want = mish(tensor(reference, point.data, point.shape)).reference.data;
  const error = Math.max(...want.map((v, i) => Math.abs(v - (got[i] ?? Number.NaN))));
  console.log(`kernel on ${device.name}: largest difference ${error.toExponential(1)}`);
}
close();
