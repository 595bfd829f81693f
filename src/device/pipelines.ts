import { DeviceError } from "../errors.js";

/** Pipeline constants: `override` values of a shader. */
export type Overrides = Readonly<Record<string, number>>;

/** A compiled program and the layout that its bind groups need. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Bindings that the program may write to. */
  readonly writes: ReadonlySet<number>;
}

/**
 * Compiles each program once. The key is the composed source plus its overrides, in two levels:
 * a source is one string object, whose hash is computed once.
 */
export class PipelineCache {
  private readonly gpu: GPUDevice;
  private readonly pipelines = new Map<string, Map<string, Pipeline>>();
  private readonly modules = new Map<string, GPUShaderModule>();
  private readonly checks: Promise<void>[] = [];

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
  }

  /** Programs compiled so far. */
  size = 0;

  /** @param label what errors call the program */
  get(label: string, source: string, overrides: Overrides): Pipeline {
    const variants = this.pipelines.get(source) ?? new Map<string, Pipeline>();
    let key = "";
    for (const name in overrides) key += `${name}=${overrides[name]} `;
    const known = variants.get(key);
    if (known) return known;
    const compiled = this.compile(label, source, overrides);
    this.pipelines.set(source, variants.set(key, compiled));
    this.size += 1;
    return compiled;
  }

  /** Calls `tell` with the shader that did not compile, if one is to blame, else with `error`. */
  blame(error: DeviceError, tell: (error: DeviceError) => void): void {
    Promise.all(this.checks).then(() => tell(error), tell);
  }

  /** Rejects with the first shader that did not compile. */
  async settle(): Promise<void> {
    const checks = this.checks.splice(0);
    await Promise.all(checks);
  }

  private compile(label: string, source: string, overrides: Overrides): Pipeline {
    this.gpu.pushErrorScope("validation");
    const module = this.module(label, source);
    const pipeline = this.gpu.createComputePipeline({
      label,
      layout: "auto",
      compute: { module, entryPoint: "main", constants: { ...overrides } },
    });
    const layout = pipeline.getBindGroupLayout(0);
    const check = this.check(label, source, module);
    // Told at the next wait; until then it is no rejection that nobody handles.
    check.catch(() => undefined);
    this.checks.push(check);
    return { pipeline, layout, writes: writtenBindings(source) };
  }

  private module(label: string, code: string): GPUShaderModule {
    const known = this.modules.get(code);
    if (known) return known;
    const module = this.gpu.createShaderModule({ code, label });
    this.modules.set(code, module);
    return module;
  }

  private async check(label: string, source: string, module: GPUShaderModule): Promise<void> {
    const error = await this.gpu.popErrorScope();
    if (!error) return;
    const { messages } = await module.getCompilationInfo();
    const first = messages.find((message) => message.type === "error");
    if (!first) {
      // The text is right, the pipeline is not; what follows the first line lists Dawn's own calls.
      const [said = ""] = error.message.split("\n");
      throw new DeviceError(
        `${label}.wgsl: ${said.replace(/\.$/, "")}. Correct the shader, its overrides or its launch.`,
      );
    }
    const line = source.split("\n")[first.lineNum - 1]?.trim() ?? "";
    throw new DeviceError(
      `${label}.wgsl: ${first.message} (line ${first.lineNum} of the composed shader: "${line}"). ` +
        "Correct the shader.",
    );
  }
}

const WRITTEN = /@binding\((\d+)\)\s*var<storage,\s*read_write>/g;

function writtenBindings(source: string): ReadonlySet<number> {
  return new Set([...source.matchAll(WRITTEN)].map(([, binding]) => Number(binding)));
}
