import { array, assert, integer, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { readTar } from "../../src/device/node-tar.js";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One member of a ustar archive: a header of 512 bytes, then the content, padded to 512. */
function member(name: string, content: Uint8Array, type = "0"): Uint8Array {
  const bytes = new Uint8Array(512 + Math.ceil(content.length / 512) * 512);
  bytes.set(ascii(name), 0);
  bytes.set(ascii(content.length.toString(8).padStart(11, "0")), 124);
  bytes.set(ascii(type), 156);
  bytes.set(ascii("ustar"), 257);
  bytes.set(content, 512);
  return bytes;
}

function archive(members: readonly Uint8Array[]): Uint8Array {
  const parts = [...members, new Uint8Array(1024)];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

test("every file comes back, whatever its length", () => {
  const contents = array(uint8Array({ maxLength: 1100 }), { maxLength: 5 });
  assert(
    property(contents, (files) => {
      const read = readTar(archive(files.map((content, i) => member(`file-${i}`, content))));
      expect([...read.keys()]).toEqual(files.map((_, i) => `file-${i}`));
      files.forEach((content, i) => {
        expect(read.get(`file-${i}`)).toEqual(content);
      });
    }),
  );
});

test("folders and links are left out, a leading ./ is dropped", () => {
  const link = member("link", new Uint8Array(0), "2");
  const folder = member("folder/", new Uint8Array(0), "5");
  const read = readTar(archive([folder, link, member("./folder/a", ascii("a"))]));
  expect([...read.keys()]).toEqual(["folder/a"]);
});

test("an archive that is cut short is refused", () => {
  const whole = member("a", new Uint8Array(2000));
  assert(
    property(integer({ min: 512, max: 2511 }), (length) => {
      expect(() => readTar(whole.subarray(0, length))).toThrow("cut short at byte 0");
    }),
  );
});
