/**
 * What the elementwise shaders are written in: an element of an operand as it lies in the buffer
 * (In), as the function computes with it (Value), and the result's element in its buffer (Out);
 * In4, Value4 and Out4 are four of them.
 */

/** An element type as the shaders of a family see it; f32 is also f16, by lib/store.wgsl. */
export type Element = "f32" | "i32" | "u32";

/** The aliases of a kernel that turns elements of one type into elements of another. */
export function elements(input: Element, output: Element = input): string {
  const [stored, result] = [input, output].map((e) => (e === "f32" ? "Store" : e));
  const [stored4, result4] = [input, output].map((e) => (e === "f32" ? "Store4" : `vec4<${e}>`));
  return (
    `alias In = ${stored}; alias In4 = ${stored4}; ` +
    `alias Value = ${input}; alias Value4 = vec4<${input}>; ` +
    `alias Out = ${result}; alias Out4 = ${result4};\n`
  );
}
