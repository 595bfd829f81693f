import { spawnSync } from "node:child_process";
import { afterEach, expect, test, vi } from "vitest";
import {
  ADAPTER_CHOICES,
  type NodeAdapter,
  openNodeAdapter,
} from "../../src/device/node-adapter.js";
import { preloadLibrary, unpackSwiftShader } from "../../src/device/node-swiftshader.js";
import { requestGpu } from "../../src/device/request.js";

const open: NodeAdapter[] = [];
afterEach(() => {
  for (const adapter of open.splice(0)) adapter.release();
  vi.unstubAllEnvs();
});

async function openOne(options?: { adapter?: string }): Promise<NodeAdapter> {
  const adapter = await openNodeAdapter(options);
  open.push(adapter);
  return adapter;
}

const SQUARE = /* wgsl */ `
  @group(0) @binding(0) var<storage, read_write> x: array<f32>;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
    x[id.x] = f32(id.x) * f32(id.x);
  }`;

/** Squares 0..63: an adapter that executes nothing (the null backend) cannot pass. */
async function squares({ adapter }: NodeAdapter): Promise<Float32Array> {
  const device = await adapter.requestDevice();
  try {
    const module = device.createShaderModule({ code: SQUARE });
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module },
    });
    const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const buffer = device.createBuffer({ size: 256, usage: STORAGE | COPY_SRC });
    const back = device.createBuffer({ size: 256, usage: COPY_DST | MAP_READ });
    const layout = pipeline.getBindGroupLayout(0);
    const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: buffer }] });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(buffer, 0, back, 0, 256);
    device.queue.submit([encoder.finish()]);
    await back.mapAsync(GPUMapMode.READ);
    return new Float32Array(back.getMappedRange().slice(0));
  } finally {
    device.destroy();
  }
}

const expected = Float32Array.from({ length: 64 }, (_, i) => i * i);

test("the adapter of this run executes kernels", async () => {
  const adapter = await openOne();
  expect(await squares(adapter)).toEqual(expected);
  expect(["hardware", "system software", "bundled software"]).toContain(adapter.kind);
  expect(adapter.name).not.toBe("");
});

test("auto finds an adapter that executes kernels", async () => {
  expect(await squares(await openOne({ adapter: "auto" }))).toEqual(expected);
});

const bundledRuns = process.platform === "linux" && process.arch === "x64";

test.runIf(bundledRuns)("the bundled driver runs beside any other, in one process", async () => {
  const before = process.env.VK_DRIVER_FILES;
  const first = await openOne();
  const second = await openOne({ adapter: "swiftshader" });
  expect(second.kind).toBe("bundled software");
  expect(second.adapter.info.architecture).toBe("swiftshader");
  expect(process.env.VK_DRIVER_FILES).toBe(before);
  expect(await squares(second)).toEqual(expected);
  expect(await squares(first)).toEqual(expected);
});

test("a device survives the garbage collector when its adapter is dropped", () => {
  const program = `
    import { openNodeAdapter } from "./src/device/node-adapter.ts";
    const device = await (await openNodeAdapter()).adapter.requestDevice();
    for (let i = 0; i < 10; i++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await device.queue.onSubmittedWorkDone();
    console.log("alive");`;
  const flags = ["--expose-gc", "--import", "tsx", "--input-type=module", "--eval", program];
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  expect(stdout, stderr).toContain("alive");
  expect(status).toBe(0);
});

test("a released adapter says so", async () => {
  const adapter = await openNodeAdapter();
  const { name } = adapter;
  adapter.release();
  expect(messageOf(() => adapter.gpu).replace(name, "ADAPTER")).toMatchInlineSnapshot(
    `"DeviceError: The adapter "ADAPTER" was released. Open it again before use."`,
  );
  expect(adapter.name).toBe(name);
});

test("an unknown adapter lists the known ones", async () => {
  await expect(openNodeAdapter({ adapter: "null" })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[UsageError: There is no adapter "null". Choose one of: auto, hardware, lavapipe, swiftshader.]`,
  );
  expect(ADAPTER_CHOICES).toEqual(["auto", "hardware", "lavapipe", "swiftshader"]);
});

test("a missing lavapipe says how to get one", async () => {
  // A driver list that is empty of lavapipe; the loader reads it when the adapter is asked for.
  vi.stubEnv("VK_DRIVER_FILES", "/nonexistent.json");
  await expect(openNodeAdapter({ adapter: "lavapipe" })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DeviceError: No lavapipe adapter was found (Dawn refuses Mesa older than 24). Install mesa-vulkan-drivers and libvulkan1 (on Debian 12 from bookworm-backports), or use --adapter swiftshader.]`,
  );
});

test.runIf(process.platform === "linux")("a missing GPU says what there is instead", async () => {
  vi.stubEnv("VK_DRIVER_FILES", "/nonexistent.json");
  await expect(openNodeAdapter({ adapter: "hardware" })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DeviceError: No hardware adapter was found: the system offers no adapter at all. Install the GPU's Vulkan driver, or use --adapter auto.]`,
  );
});

test.runIf(bundledRuns)("software alone is no hardware, and is named", async () => {
  const driver = await unpackSwiftShader();
  vi.stubEnv("VK_DRIVER_FILES", driver.manifest);
  expect(preloadLibrary(driver.loader).loaded).toBe(true);
  const failure = await openNodeAdapter({ adapter: "hardware" }).catch(String);
  expect(String(failure).replace(/\(SwiftShader[^)]*\)/, "(ADAPTER)")).toMatchInlineSnapshot(
    `"DeviceError: No hardware adapter was found: the system offers only software (ADAPTER). Install the GPU's Vulkan driver, or use --adapter auto."`,
  );
});

test.runIf(bundledRuns)(
  "a bundled driver that cannot be unpacked says why, for each folder",
  async () => {
    vi.stubEnv("XDG_CACHE_HOME", "/dev/null");
    vi.stubEnv("TMPDIR", "/dev/null");
    const failure = await unpackSwiftShader().catch(String);
    expect(String(failure).replaceAll(/hitofude-\d+/g, "hitofude-UID")).toMatchInlineSnapshot(
      `"DeviceError: The bundled SwiftShader could not be unpacked: ENOTDIR: not a directory, mkdir '/dev/null/hitofude'; ENOTDIR: not a directory, mkdir '/dev/null/hitofude-UID'. Set XDG_CACHE_HOME to a folder that can be written."`,
    );
  },
);

test("the bundled driver says on which machines it runs", async () => {
  const { platform, arch } = process;
  const pretend = (value: string, cpu: string): void => {
    Object.defineProperty(process, "platform", { value });
    Object.defineProperty(process, "arch", { value: cpu });
  };
  pretend("darwin", "arm64");
  const failure = await unpackSwiftShader().catch(String);
  pretend(platform, arch);
  expect(failure).toMatchInlineSnapshot(
    `"DeviceError: The bundled SwiftShader runs on linux-x64, not on darwin-arm64. Use a GPU (--adapter hardware) or, on Linux, Mesa's lavapipe (--adapter lavapipe)."`,
  );
});

test("Dawn's null backend is refused", async () => {
  const info = { vendor: "", architecture: "", device: "null-backend", description: "" };
  const adapter = { info, limits: {}, features: new Set() } as unknown as GPUAdapter;
  await expect(requestGpu(adapter)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DeviceError: Dawn's null backend answers garbage without an error and is refused. Choose another adapter.]`,
  );
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  return "no error";
}
