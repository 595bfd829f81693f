/**
 * Every message of an error stands in an inline snapshot, class and all, and has two sentences or
 * more: what was wrong, with the op's name and the numbers, and what to do.
 */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { errorMessages, type Message, snapshotLines, snapshotOf } from "./error-messages.js";

/** The command line is apart: its tests run the program, and look at what it prints. */
const FOLDERS = readdirSync("src", { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "cli" && entry.name !== "web")
  .map(({ name }) => `src/${name}`);

/** Messages that no test of this project can bring about, or that are parts of another one. */
const EXEMPT: Readonly<Record<string, string>> = {
  "The bundled SwiftShader does not start": "needs a folder that is mounted noexec",
  "The bundled SwiftShader needs the npm package": "needs an installation without it",
  "WebGPU under Node needs the npm package webgpu": "needs an installation without it",
  "it ends at byte": "needs a file that shrinks while it is read",
  "‥ belongs to user ‥": "a reason within 'The bundled SwiftShader could not be unpacked'",
  "the archive holds no ‥": "a reason within 'The bundled SwiftShader could not be unpacked'",
  "tar: the archive is damaged": "a reason within 'The bundled SwiftShader could not be unpacked'",
  "it has ‥-bit grey values": "a reason within '‥ is no readable PNG', and tested there",
};
const isExempt = ({ text }: Message): boolean =>
  Object.keys(EXEMPT).some((part) => text.includes(part));

const messages = errorMessages(FOLDERS);
const lines = snapshotLines("test");
const show = ({ where, name, text }: Message): string => `${where} ${name}: ${text}`;

test("the messages are found", () => {
  expect(messages.length).toBeGreaterThan(200);
  const found = messages.map(({ name, text }) => `${name}: ${text}`);
  expect(found).toContain(
    "ShapeError: matmul: inner dimensions differ: a is ‥, b is ‥ (‥ ≠ ‥). Transpose an operand " +
      "with { transposeA } or { transposeB }, or check the layer's sizes.",
  );
  // One of a helper's messages, whose second half the caller gives.
  expect(found).toContain(
    "FormatError: ‥ is no readable safetensors file: its header is no JSON. Restore it, or name " +
      "another one.",
  );
});

test("every class of error is raised", () => {
  expect([...new Set(messages.map(({ name }) => name))].sort()).toMatchInlineSnapshot(`
    [
      "CaptureError",
      "DeviceError",
      "DeviceLostError",
      "DisposedError",
      "DtypeError",
      "Error",
      "FormatError",
      "FuseError",
      "GradientError",
      "HitofudeError",
      "NonFiniteError",
      "OutOfMemoryError",
      "ShapeError",
      "UsageError",
    ]
  `);
});

test("every message stands in an inline snapshot", () => {
  const missing = messages.filter((m) => !isExempt(m) && snapshotOf(m, lines) === undefined);
  expect(missing.map(show)).toEqual([]);
});

test("every message says what was wrong, and then what to do", () => {
  const short = messages.filter((m) => !isExempt(m) && !/\. [^ ].*\.$/s.test(m.text));
  expect(short.map(show)).toEqual([]);
});

test("no exemption is left over", () => {
  const unused = Object.keys(EXEMPT).filter((part) => !messages.some((m) => m.text.includes(part)));
  expect(unused).toEqual([]);
});
