import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { expect, test } from "vitest";
import { loadAtlases } from "../../src/io/node-atlas.js";

test("a folder without atlases, and a picture of another kind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hitofude-atlas-"));
  const failure = async (): Promise<string> =>
    (await loadAtlases(folder).then(() => "no error", String)).replaceAll(folder, "FOLDER");
  try {
    expect(await failure()).toMatchInlineSnapshot(
      `"FormatError: loadAtlases: cannot read FOLDER/subjects.png. Pass the folder that holds subjects.png and subjects.json."`,
    );
    const picture = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3), channels: 3 } as const;
    writeFileSync(join(folder, "subjects.png"), encode(picture));
    expect(await failure()).toMatchInlineSnapshot(
      `"FormatError: loadAtlases: FOLDER/subjects.png has 3 channels of 8 bits, not 4 of 8. Write it again as RGBA with scripts/atlases."`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
