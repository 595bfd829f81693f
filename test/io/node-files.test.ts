import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { readFile, readJson, writeFile } from "../../src/io/node-files.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hitofude-files-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const inFolder = (name: string): string => join(folder, name);

/** The message without the random folder. */
function messageOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message.replaceAll(folder, "FOLDER");
  }
  return "no error";
}

test("writes bytes and text, makes folders, replaces what was there", () => {
  const path = inFolder("deep/er/file");
  writeFile(path, "one 一筆");
  expect(new TextDecoder().decode(readFile(path))).toBe("one 一筆");
  writeFile(path, Uint8Array.of(1, 2, 3));
  expect([...readFile(path)]).toEqual([1, 2, 3]);
  writeFile(path, "");
  expect(readFile(path).length).toBe(0);
  expect(readdirSync(inFolder("deep/er"))).toEqual(["file"]);
});

test.runIf(existsSync("/proc/self"))(
  "a place that can have no folders is refused, not tried forever",
  () => {
    const path = "/proc/no/such/file";
    expect(messageOf(() => writeFile(path, "x"))).toMatchInlineSnapshot(
      `"/proc/no/such/file cannot be written (it does not exist). Nothing was changed; free some space or choose another place."`,
    );
  },
);

test("a folder in the file's place is left alone, without a temporary file", () => {
  mkdirSync(inFolder("taken"));
  writeFileSync(inFolder("taken/inside"), "old");
  expect(messageOf(() => writeFile(inFolder("taken"), "new"))).toMatchInlineSnapshot(
    `"FOLDER/taken cannot be written (it is a folder). Nothing was changed; free some space or choose another place."`,
  );
  expect(readFileSync(inFolder("taken/inside"), "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["taken"]);
});

test("a failure before the last step leaves the old file", () => {
  const path = inFolder("file");
  writeFile(path, "old");
  // What stands in the place of the temporary file makes its opening fail.
  mkdirSync(`${path}.${process.pid}.tmp`);
  expect(messageOf(() => writeFile(path, "new"))).toMatch(/^FOLDER\/file cannot be written/);
  expect(readFileSync(path, "utf8")).toBe("old");
});

test("a path through a file is reported as such", () => {
  writeFileSync(inFolder("file"), "old");
  const errors = [
    messageOf(() => writeFile(inFolder("file/below"), "new")),
    messageOf(() => writeFile(inFolder("file/far/below"), "new")),
    messageOf(() => readFile(inFolder("file/below"))),
  ];
  expect(errors).toMatchInlineSnapshot(`
    [
      "FOLDER/file/below cannot be written (a file stands where a folder is needed). Nothing was changed; free some space or choose another place.",
      "FOLDER/file/far/below cannot be written (a part of the path is no folder). Nothing was changed; free some space or choose another place.",
      "FOLDER/file/below cannot be read (a part of the path is no folder). Check the path.",
    ]
  `);
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("reading says why it failed", () => {
  mkdirSync(inFolder("folder"));
  writeFileSync(inFolder("bad.json"), "{oops");
  expect([
    messageOf(() => readFile(inFolder("nothing"))),
    messageOf(() => readFile(inFolder("folder"))),
    messageOf(() => readJson(inFolder("nothing"))),
    messageOf(() => readJson(inFolder("bad.json"))).replace(/\(.*\)/, "(…)"),
  ]).toMatchInlineSnapshot(`
    [
      "FOLDER/nothing cannot be read (it does not exist). Check the path.",
      "FOLDER/folder cannot be read (it is a folder). Check the path.",
      "FOLDER/nothing cannot be read (it does not exist). Check the path.",
      "FOLDER/bad.json is no JSON (…). Correct it.",
    ]
  `);
  writeFileSync(inFolder("good.json"), '{"a":[1]}');
  expect(readJson(inFolder("good.json"))).toEqual({ a: [1] });
});
