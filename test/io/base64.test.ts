import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { floatsFromBase64, floatsToBase64, fromBase64, toBase64 } from "../../src/io/base64.js";

test("bytes of any length are what Node writes, and come back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
      const text = toBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      expect(fromBase64(text)).toEqual(bytes);
    }),
    { numRuns: 50 },
  );
});

test("float32 numbers come back bit for bit", () => {
  const values = Float32Array.from([0, -0, 1.1, -3e38, 1e-45, Number.POSITIVE_INFINITY]);
  expect(floatsFromBase64(floatsToBase64(values))).toEqual(values);
});

test("what is no base64 is refused", () => {
  expect(() => fromBase64("é")).toThrowErrorMatchingInlineSnapshot(
    `[FormatError: fromBase64: the text is no base64. Restore the file it came from.]`,
  );
});
