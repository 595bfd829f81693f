/**
 * Tensors live on a device, ops are functions, gradients are functions of functions.
 *
 *     f(x) = Σ x² · w          ∇f = 2 x w
 *
 *     npx tsx examples/01-tensors-and-gradients.ts
 */
import { grad, Key, mul, openNodeDevice, randomNormal, square, sum, tensor } from "../src/node.js";

const { device, close } = await openNodeDevice();
console.log(`adapter: ${device.name}`);
{
  // What is made inside a scope is freed at its end.
  using _scope = device.scope();

  const x = tensor(device, [1, 2, 3, 4], [2, 2]);
  const w = tensor(device, [10, 100]);

  // w [2] is broadcast over the rows of x [2, 2], as in NumPy.
  const f = (x: typeof w) => sum(mul(square(x), w));
  console.log(`f(x) = ${await f(x).item()}`);

  const [dx] = grad(f)(x);
  console.log(`df/dx = ${(await dx?.data())?.join(", ")}`);

  // Randomness is an argument: the same key gives the same numbers, on every adapter.
  const noise = randomNormal(device, Key.from(42), [3]);
  const rounded = [...(await noise.data())].map((v) => v.toFixed(4));
  console.log(`noise = ${rounded.join(", ")}`);
}
console.log(`buffers alive: ${device.stats.liveBuffers}`);
close();
