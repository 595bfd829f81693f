/** A shader that is wrong says so at the next wait, with its name and, where there is one, the line. */
import { expect, test } from "vitest";
import { type NodeDevice, openNodeDevice } from "../../src/device/node-device.js";
import { compose, type WgslName } from "../../src/shaders/compose.js";

async function messageOf(source: string): Promise<string> {
  const { device, close }: NodeDevice = await openNodeDevice();
  const buffer = device.acquire(16, "x");
  try {
    const uniform = new ArrayBuffer(16);
    const buffers = [{ buffer, offset: 0, size: 16 }];
    device.launch({ label: "broken", source, overrides: {}, groups: 1, buffers, uniform });
    return await device.synchronize().then(() => "no error", String);
  } finally {
    close();
  }
}

const BINDINGS = `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<uniform> params: vec4f;`;

test("a text that is no WGSL: the line is quoted", async () => {
  const source = `${BINDINGS}
@compute @workgroup_size(1) fn main() {
  x[0] = params.x + wrong;
}`;
  expect(await messageOf(source)).toMatchInlineSnapshot(
    `"DeviceError: broken.wgsl: unresolved value 'wrong' (line 5 of the composed shader: "x[0] = params.x + wrong;"). Correct the shader."`,
  );
});

test("a pipeline that cannot be: what Dawn says of it, in one line", async () => {
  const source = `${BINDINGS}
override SIZE: u32;
@compute @workgroup_size(SIZE) fn main() {
  x[0] = params.x;
}`;
  expect(await messageOf(source)).toMatchInlineSnapshot(
    `"DeviceError: broken.wgsl: There are uninitialized pipeline overridable constants, their identifiers:[SIZE]. Correct the shader, its overrides or its launch."`,
  );
});

test("a shader that was never embedded", () => {
  expect(() => compose("nothing" as WgslName)).toThrowErrorMatchingInlineSnapshot(
    `[HitofudeError: shader nothing.wgsl does not exist. Correct the name, or run \`npm run shaders\`.]`,
  );
});
