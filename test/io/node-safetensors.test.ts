/** Streaming between disk and device: pieces, shards, kinds of elements, damage, room. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GpuDevice } from "../../src/device/device.js";
import { openNodeAdapter } from "../../src/device/node-adapter.js";
import { openNodeDevice } from "../../src/device/node-device.js";
import { ReferenceDevice } from "../../src/device/reference.js";
import type { Device } from "../../src/device/types.js";
import { OutOfMemoryError } from "../../src/errors.js";
import { saveModel } from "../../src/io/node-checkpoint.js";
import { openSafeTensors } from "../../src/io/node-safetensors.js";
import { saveSafeTensors } from "../../src/io/node-safetensors-save.js";
import { readSafeTensors, writeSafeTensors } from "../../src/io/safetensors.js";
import { formatHeader } from "../../src/io/safetensors-header.js";
import { UNet2DConditionModel } from "../../src/models/unet/index.js";
import { initParams, streamParams } from "../../src/nn/index.js";
import { full, tensor } from "../../src/tensor/create.js";
import type { Dtype } from "../../src/tensor/dtype.js";
import { float16ToFloat32, float32ToFloat16, roundToHalf } from "../../src/tensor/half.js";
import { Key } from "../../src/tensor/key.js";
import { assertRoom } from "../../src/tensor/room.js";
import { sizeOf } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testDevice, testF16 } from "../device.js";
import { condition, micro, sample, shake } from "../models/small.js";
import { values } from "../random.js";

const device = testDevice();
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hitofude-tensors-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error("no error"),
    (reason: unknown) => reason as Error,
  );
  return `${error.name}: ${error.message.replaceAll(folder, "FOLDER")}`;
}

/** A file with one tensor of raw bytes. */
function raw(name: string, dtype: string, shape: readonly number[], bytes: Uint8Array): void {
  const header = formatHeader(
    [["x", { dtype, shape, data_offsets: [0, bytes.length] as const }]],
    {},
  );
  writeFileSync(at(name), Buffer.concat([header, bytes]));
}

type Options = Parameters<typeof streamParams>[2];

async function load(on: Device, name: string, options: Options = {}): Promise<Map<string, Tensor>> {
  const file = await openSafeTensors(at(name));
  const wanted = new Map([...file.tensors].map(([key, { shape }]) => [key, shape] as const));
  return file.load(on, wanted, options);
}

const loadOne = async (on: Device, name: string, options: Options = {}): Promise<Tensor> =>
  (await load(on, name, options)).get("x")!;

/** F32 values that are BF16 as well, and their upper halves. */
const words = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter(
  (w) => (w & 0x7f80) < 0x7f80,
);
const upper = new Float32Array(Uint32Array.from(words, (w) => w << 16).buffer);

describe("kinds of elements", () => {
  test("every finite BF16 is the F32 that it is the upper half of", async () => {
    using _scope = device().scope();
    raw("bf16", "BF16", [words.length], new Uint8Array(words.buffer));
    const x = await loadOne(device(), "bf16");
    expect(x.dtype).toBe("f32");
    expect(Buffer.from((await x.data()).buffer).equals(Buffer.from(upper.buffer))).toBe(true);
    expect(readSafeTensors(readFileSync(at("bf16"))).tensors.get("x")?.values).toEqual(upper);
  });

  test("every F16 is read as the F32 of its value", async () => {
    using _scope = device().scope();
    const halves = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    raw("f16", "F16", [0x10000], new Uint8Array(halves.buffer));
    const want = Float32Array.from(halves, float16ToFloat32);
    expect(await (await loadOne(device(), "f16")).data()).toEqual(want);
  });

  testF16("F16, BF16 and F32 become f16, rounded once; odd sizes too", device, async (on) => {
    const w = values(3, 7, -2, 2);
    const f16 = Uint16Array.from(w, float32ToFloat16);
    const bf16 = Uint16Array.from(new Uint32Array(w.buffer), (bits) => bits >>> 16);
    raw("F16", "F16", [7], new Uint8Array(f16.buffer));
    raw("BF16", "BF16", [7], new Uint8Array(bf16.buffer));
    raw("F32", "F32", [7], new Uint8Array(w.buffer));
    const cut = new Float32Array(Uint32Array.from(bf16, (b) => b << 16).buffer);
    for (const [name, want] of [["F16", w] as const, ["BF16", cut] as const, ["F32", w] as const]) {
      const x = await loadOne(on, name, { dtype: "f16" });
      expect(x.dtype).toBe("f16");
      expect(await x.data(), name).toEqual(want.map(roundToHalf));
    }
  });

  test("integers and truth values stay what they are", async () => {
    using _scope = device().scope();
    const tensors = new Map([
      ["i", { shape: [2], values: Int32Array.of(-1, 7) }],
      ["u", { shape: [], values: Uint32Array.of(0xffffffff) }],
      ["b", { shape: [3], values: Uint8Array.of(1, 0, 1) }],
      ["none", { shape: [0, 4], values: new Float32Array() }],
    ]);
    writeFileSync(at("mixed"), writeSafeTensors(tensors));
    for (const on of [device(), new ReferenceDevice()]) {
      const loaded = await load(on, "mixed");
      for (const [name, want] of tensors) {
        expect(await loaded.get(name)?.data()).toEqual(want.values);
        expect(loaded.get(name)?.shape).toEqual(want.shape);
      }
    }
  });
});

describe("round trip", () => {
  test("what is saved in pieces is the file that is written in memory", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom("F32" as const, "F16" as const),
        async (shapes, precision) => {
          using _scope = device().scope();
          const named = shapes.map(
            (shape, i) => [`${i}.w`, shape, values(i, sizeOf(shape))] as const,
          );
          const stored = new Map(named.map(([n, shape, v]) => [n, { shape, values: v }] as const));
          const metadata = { title: "一筆" };
          const want = Buffer.from(writeSafeTensors(stored, metadata, precision));
          for (const on of [device(), new ReferenceDevice()]) {
            const tensors = new Map(
              named.map(([n, shape, v]) => [n, tensor(on, v, shape)] as const),
            );
            const paths = await saveSafeTensors(at("x"), tensors, { metadata, precision });
            expect(paths).toEqual([at("x")]);
            expect(readFileSync(at("x")).equals(want)).toBe(true);
          }
        },
      ),
      { numRuns: 15 },
    );
    expect(readdirSync(folder)).toEqual(["x"]);
  });

  test("a tensor of more than one piece", async () => {
    using _scope = device().scope();
    const n = 2 ** 22 + 3;
    const w = Float32Array.from({ length: n }, (_, i) => i % 1021);
    await saveSafeTensors(at("large"), new Map([["x", tensor(device(), w, [n])]]), {
      precision: "F16",
    });
    const x = await loadOne(device(), "large");
    expect(Buffer.from((await x.data()).buffer).equals(Buffer.from(w.buffer))).toBe(true);
  });

  test("shards: as full as they may be, and a list that says what lies where", async () => {
    using _scope = device().scope();
    const sizes = [3, 4, 9, 1, 1];
    const tensors = new Map(
      sizes.map((n, i) => [`t${i}`, tensor(device(), values(i, n), [n])] as const),
    );
    const metadata = { k: "v" };
    const paths = await saveSafeTensors(at("deep/m.safetensors"), tensors, {
      metadata,
      maxShardBytes: 28,
    });
    const shard = (i: number): string => `m-0000${i}-of-00003.safetensors`;
    expect(paths.map((path) => path.slice(folder.length + 6))).toEqual([
      ...[1, 2, 3].map(shard),
      "m.safetensors.index.json",
    ]);
    expect(readdirSync(at("deep")).length).toBe(4);
    expect(JSON.parse(readFileSync(paths[3]!, "utf8"))).toEqual({
      metadata: { total_size: 72 },
      weight_map: { t0: shard(1), t1: shard(1), t2: shard(2), t3: shard(3), t4: shard(3) },
    });
    const file = await openSafeTensors(paths[3]!);
    expect(file.metadata).toEqual(metadata);
    const loaded = await load(device(), "deep/m.safetensors.index.json");
    for (const [i, n] of sizes.entries()) {
      expect(await loaded.get(`t${i}`)?.data()).toEqual(values(i, n));
    }
  });

  test("a UNet, sharded, gives the same picture", async () => {
    using _scope = device().scope();
    const model = new UNet2DConditionModel(initParams(device(), Key.from(1)), micro);
    shake(model);
    const parts = new Map<string, Tensor>(
      [...model.parameters()].map(([n, p]) => [`unet.${n}`, p.value] as const),
    );
    const [paths, side] = [at("u.safetensors"), tensor(device(), [1], [1])];
    await saveSafeTensors(paths, parts.set("text.w", side), { maxShardBytes: 2048 });
    const file = await openSafeTensors(`${paths}.index.json`);
    const params = streamParams(device(), file, { prefix: "unet." });
    const back = new UNet2DConditionModel(params, micro);
    expect(() => back.conv_in.weight.value).toThrow(/was only counted/);
    await params.finish();
    const run = (m: UNet2DConditionModel): Tensor =>
      m.forward(sample(device(), micro), full(device(), [2], 3), condition(device(), micro));
    expect(await run(back).data()).toEqual(await run(model).data());
  });
});

describe("what does not fit is refused by name, and leaves nothing behind", () => {
  const shard = (i: number): string => `m-0000${i}-of-00003.safetensors`;
  const list = "m.safetensors.index.json";
  async function saved(): Promise<void> {
    using _scope = device().scope();
    const tensors = new Map(
      ["a", "b", "c", "d", "e", "f"].map((n) => [n, full(device(), [2], 1)] as const),
    );
    await saveSafeTensors(at("m.safetensors"), tensors, { maxShardBytes: 16 });
  }

  test("missing and damaged shards, missing and left-over tensors, other shapes: one error", async () => {
    await saved();
    unlinkSync(at(shard(1)));
    writeFileSync(at(shard(2)), "{}");
    const wanted = new Map([
      ["a", [2]],
      ["c", [2]],
      ["e", [3]],
      ["g", [2]],
    ]);
    const file = await openSafeTensors(at(list));
    expect(await messageOf(file.load(device(), wanted, {}))).toMatchInlineSnapshot(
      `"FormatError: FOLDER/m.safetensors.index.json does not fit the model: FOLDER/m-00001-of-00003.safetensors cannot be read (it does not exist) (2 tensors: a, b); FOLDER/m-00002-of-00003.safetensors is no readable safetensors file: it has only 2 bytes (2 tensors: c, d); e is [2], the model needs [3]; g is missing; f belongs to nothing; b belongs to nothing; d belongs to nothing. Complete the files, and use the config that was written beside them."`,
    );
    expect(device().stats.liveBuffers).toBe(0);
  });

  test("a list that disagrees with its shards", async () => {
    await saved();
    const table = JSON.parse(readFileSync(at(list), "utf8")) as {
      weight_map: Record<string, string>;
    };
    table.weight_map.a = shard(2);
    delete table.weight_map.f;
    writeFileSync(at(list), JSON.stringify(table));
    const wanted = new Map(["a", "b", "c", "d", "e"].map((n) => [n, [2]] as const));
    const file = await openSafeTensors(at(list));
    expect(await messageOf(file.load(device(), wanted, {}))).toMatchInlineSnapshot(
      `"FormatError: FOLDER/m.safetensors.index.json does not fit the model: a is missing in m-00002-of-00003.safetensors; a is in m-00001-of-00003.safetensors, and the index does not say so; f is in m-00003-of-00003.safetensors, and the index does not say so. Complete the files, and use the config that was written beside them."`,
    );
  });

  test("lists that are none, or that lead elsewhere", async () => {
    const errors: string[] = [];
    for (const text of [
      "{",
      "{}",
      '{"weight_map":{"x":"../secret.safetensors"}}',
      '{"weight_map":{"x":".."}}',
      '{"weight_map":{"x":3}}',
    ]) {
      writeFileSync(at(list), text);
      errors.push((await messageOf(openSafeTensors(at(list)))).replace(/\(.*\)/, "(…)"));
    }
    errors.push(await messageOf(openSafeTensors(at("none.safetensors"))));
    expect(errors).toMatchInlineSnapshot(`
      [
        "FormatError: FOLDER/m.safetensors.index.json is no JSON (…). Correct it.",
        "FormatError: FOLDER/m.safetensors.index.json is no list of shards: it has no weight_map. Restore it, or name another one.",
        "FormatError: FOLDER/m.safetensors.index.json: x lies in "../secret.safetensors", which is no name of a file beside it. Correct its weight_map.",
        "FormatError: FOLDER/m.safetensors.index.json: x lies in "..", which is no name of a file beside it. Correct its weight_map.",
        "FormatError: FOLDER/m.safetensors.index.json: x lies in 3, which is no name of a file beside it. Correct its weight_map.",
        "FormatError: FOLDER/none.safetensors cannot be read (it does not exist). Check the path.",
      ]
    `);
  });

  test("a file cut anywhere, or with changed bytes in its header", async () => {
    const whole = writeSafeTensors(
      new Map([["x", { shape: [3], values: Float32Array.of(1, 2, 3) }]]),
    );
    for (let length = 0; length < whole.length; length += 3) {
      writeFileSync(at("cut"), whole.subarray(0, length));
      expect(await messageOf(openSafeTensors(at("cut"))), `${length}`).toMatch(/^FormatError/);
    }
    const long = Uint8Array.from(whole);
    new DataView(long.buffer).setBigUint64(0, 2n ** 60n, true);
    writeFileSync(at("long"), long);
    expect(await messageOf(openSafeTensors(at("long")))).toMatch(
      /claims 1152921504606847000 bytes/,
    );
  });

  test("a file that was replaced between header and values", async () => {
    await saveModel(at("m"), new Map(), {}, "F32");
    const file = await openSafeTensors(at("m"));
    raw("m", "F32", [1], Uint8Array.of(0, 0, 128, 63));
    const old = await messageOf(file.load(device(), new Map([["x", [1]]]), {}));
    expect(old).toMatch(/x is missing/);
    const again = await openSafeTensors(at("m"));
    raw("m", "F32", [2], new Uint8Array(8));
    expect(await messageOf(again.load(device(), new Map([["x", [1]]]), {}))).toMatchInlineSnapshot(
      `"FormatError: FOLDER/m was changed since its header was read. Open it again."`,
    );
    expect(device().stats.liveBuffers).toBe(0);
  });

  test("of many faults the first are listed", async () => {
    await saved();
    const wanted = new Map(Array.from({ length: 12 }, (_, i) => [`w${i}`, [2]] as const));
    const file = await openSafeTensors(at(list));
    expect(await messageOf(file.load(device(), wanted, {}))).toMatchInlineSnapshot(
      `"FormatError: FOLDER/m.safetensors.index.json does not fit the model: w0 is missing; w1 is missing; w2 is missing; w3 is missing; w4 is missing; w5 is missing; w6 is missing; w7 is missing; w8 is missing; w9 is missing; w10 is missing; w11 is missing … and 6 more. Complete the files, and use the config that was written beside them."`,
    );
  });

  test("halves on an adapter without shader-f16", async () => {
    const { adapter, release } = await openNodeAdapter();
    const plain = new GpuDevice(await adapter.requestDevice(), { name: "plain adapter" });
    raw("half", "F16", [1], Uint8Array.of(0, 60));
    const file = await openSafeTensors(at("half"));
    const failure = file.load(plain, new Map([["x", [1]]]), { dtype: "f16" });
    expect(await messageOf(failure)).toMatchInlineSnapshot(
      `"DtypeError: FOLDER/half: f16 needs an adapter with the feature shader-f16, which plain adapter does not offer. Load with dtype "f32", or open another adapter."`,
    );
    plain.destroy();
    release();
  });

  test("kinds of elements that tensors do not have", async () => {
    raw("f64", "F64", [1], new Uint8Array(8));
    expect(await messageOf(load(device(), "f64"))).toMatchInlineSnapshot(
      `"FormatError: FOLDER/f64 does not fit the model: x is F64; F32, F16, BF16, I32, U32 and BOOL are read. Complete the files, and use the config that was written beside them."`,
    );
  });

  test("tensors that have no room: the numbers, before anything is allocated", async () => {
    const { maxStorageBufferBindingSize: binding, maxBufferSize } = device().gpu.limits;
    const limit = Math.min(binding, maxBufferSize);
    const n = limit / 4 + 1;
    const entry = { dtype: "F32", shape: [n], data_offsets: [0, 4 * n] as const };
    const header = formatHeader([["x", entry]], {});
    // A hole in the file: no byte of the values is on disk.
    writeFileSync(at("huge"), header);
    truncateSync(at("huge"), header.length + 4 * n);
    const error = await load(device(), "huge").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(error).toMatchObject({ asked: 16 * Math.ceil((4 * n) / 16), live: 0, limit });
    expect((error as Error).message).toMatch(/x \[\d+\] takes .*iB as f32\. Load them as f16/);

    const plan = (count: number, dtype: Dtype) =>
      Array.from({ length: count }, (_, i) => ({ name: `x.${i}`, shape: [n], dtype }));
    const refusal = (count: number, dtype: Dtype): Promise<string> =>
      messageOf(Promise.resolve().then(() => assertRoom("big", device(), plan(count, dtype))));
    const numbers = (text: string): string =>
      text.replaceAll(device().name, "ADAPTER").replaceAll(/\d+(\.\d+)? [MG]iB|\[\d+\]/g, "SIZE");
    expect(numbers(await refusal(1, "f32"))).toMatchInlineSnapshot(
      `"OutOfMemoryError: big: 1 of 1 tensors do not fit ADAPTER, on which one tensor may have at most SIZE: x.0 SIZE takes SIZE as f32. Load them as f16, open another adapter, or choose a smaller model."`,
    );
    expect(numbers(await refusal(10, "i32"))).toMatchInlineSnapshot(
      `"OutOfMemoryError: big: 10 of 10 tensors do not fit ADAPTER, on which one tensor may have at most SIZE: x.0 SIZE takes SIZE as i32; x.1 SIZE takes SIZE as i32; x.2 SIZE takes SIZE as i32; x.3 SIZE takes SIZE as i32; x.4 SIZE takes SIZE as i32; x.5 SIZE takes SIZE as i32; x.6 SIZE takes SIZE as i32; x.7 SIZE takes SIZE as i32 … and 2 more. To go on, open another adapter, or choose a smaller model."`,
    );

    using _scope = device().scope();
    const tensors = new Map(["a", "b"].map((name) => [name, full(device(), [256], 1)] as const));
    await saveSafeTensors(at("two"), tensors);
    expect(await messageOf(load(device(), "two", { memoryLimit: 4000 }))).toMatchInlineSnapshot(
      `"OutOfMemoryError: FOLDER/two: 2 tensors take 2 KiB with 2 KiB live, and the memoryLimit is 3.9 KiB. Load them as f16, free others first, or choose a smaller model."`,
    );
    expect(device().stats.liveBytes).toBe(2048);
    const small = await openNodeDevice({ memoryLimit: 2000 });
    expect(small.device.memoryLimit).toBe(2000);
    for (const memoryLimit of [undefined, 4000]) {
      const options = memoryLimit === undefined ? {} : { memoryLimit };
      expect(await messageOf(load(small.device, "two", options))).toMatchInlineSnapshot(
        `"OutOfMemoryError: FOLDER/two: 2 tensors take 2 KiB with 0 bytes live, and the memoryLimit is 2.0 KiB. Load them as f16, free others first, or choose a smaller model."`,
      );
    }
    expect(small.device.stats).toMatchObject({ liveBytes: 0, pooledBytes: 0, peakBytes: 0 });
    small.close();
  });
});

describe("writing", () => {
  test("a failure leaves what was there, and no temporary file", async () => {
    using _scope = device().scope();
    await saveSafeTensors(at("m"), new Map([["x", tensor(device(), [1])]]));
    const before = readFileSync(at("m"));
    const gone = tensor(device(), [2]);
    gone.dispose();
    const tensors = new Map([
      ["x", tensor(device(), [3])],
      ["y", gone],
    ]);
    expect(await messageOf(saveSafeTensors(at("m"), tensors))).toMatch(/^DisposedError/);
    expect(await messageOf(saveSafeTensors(at("m/below"), tensors))).toMatchInlineSnapshot(
      `"FormatError: FOLDER/m/below cannot be written (a file stands where a folder is needed). Nothing was changed; free some space or choose another place."`,
    );
    expect(
      await messageOf(saveSafeTensors(at("n"), tensors, { maxShardBytes: 0 })),
    ).toMatchInlineSnapshot(
      `"UsageError: saveSafeTensors: maxShardBytes is 0. Give a number of bytes above 0."`,
    );
    expect(readFileSync(at("m")).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(["m"]);
  });

  test("a failure after the first shard says how many were replaced", async () => {
    using _scope = device().scope();
    const tensors = new Map(["x", "y"].map((name) => [name, full(device(), [4], 1)] as const));
    const shard = "m-00002-of-00002.safetensors";
    mkdirSync(at(join(shard, "below")), { recursive: true });
    const failure = await messageOf(
      saveSafeTensors(at("m.safetensors"), tensors, { maxShardBytes: 16 }),
    );
    expect(failure.replace(/\(.*\)/, "(…)")).toMatchInlineSnapshot(
      `"FormatError: FOLDER/m.safetensors cannot be written (…). 1 shards were replaced; free some space or choose another place."`,
    );
    expect(readdirSync(folder).sort()).toEqual(["m-00001-of-00002.safetensors", shard]);
  });
});
