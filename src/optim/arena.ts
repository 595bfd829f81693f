/**
 * The tensors of one network side by side in one buffer, so that an optimiser step is one dispatch
 * and not one for each tensor. Gaps between them (alignment) stay zero.
 */
import { HitofudeError } from "../errors.js";
import { copyInto, zeros } from "../tensor/create.js";
import { sizeOf } from "../tensor/shape.js";
import { type Tensor, WINDOW_ALIGN } from "../tensor/tensor.js";
import type { Slot } from "./slot.js";

export class Arena {
  /** Everything, gaps included [total]. */
  readonly flat: Tensor;
  /** Each tensor, as a window. */
  readonly views: ReadonlyMap<string, Tensor>;

  private constructor(flat: Tensor, views: ReadonlyMap<string, Tensor>) {
    this.flat = flat;
    this.views = views;
  }

  /** Zeros in the shapes of `slots`. */
  static zeros(slots: ReadonlyMap<string, Slot>, label: string): Arena {
    const { offsets, total } = layout(slots);
    const device = [...slots.values()][0]?.value.device;
    if (!device) throw new HitofudeError(`${label}: no tensors were given. Give at least one.`);
    const flat = zeros(device, [total], { label });
    return new Arena(flat, windows(flat, slots, offsets, label));
  }

  /**
   * Moves the values of `slots` into one buffer; the slots then hold windows into it. Slots that
   * were packed before stay where they are, and are shared.
   */
  static pack(slots: ReadonlyMap<string, Slot>): Arena {
    const { offsets, total } = layout(slots);
    const values = [...slots].map(([name, { value }]) => ({ name, value }));
    const first = values[0]?.value;
    const packed = values.every(
      ({ name, value }) =>
        first?.sharesStorageWith(value) === true && value.offset === offsets.get(name),
    );
    if (first && packed && room(first) >= total) {
      const flat = first.window(0, [total], "parameters");
      return new Arena(flat, new Map(values.map(({ name, value }) => [name, value])));
    }
    const arena = Arena.zeros(slots, "parameters");
    arena.gather(new Map(values.map(({ name, value }) => [name, value])));
    for (const [name, slot] of slots) {
      const before = slot.value;
      slot.value = arena.views.get(name) ?? before;
      before.dispose();
    }
    return arena;
  }

  /** Copies tensors of the same names and shapes in. */
  gather(tensors: ReadonlyMap<string, Tensor>): void {
    for (const [name, view] of this.views) {
      const source = tensors.get(name);
      if (source) copyInto(view, source);
    }
  }

  /** @throws HitofudeError when a slot's values were moved out of here, by packing them anew. */
  assertHolds(slots: ReadonlyMap<string, Slot>, who: string): void {
    for (const [name, { value }] of slots) {
      if (value.sharesStorageWith(this.flat)) continue;
      throw new HitofudeError(
        `${who}: ${name} was moved to another buffer. ` +
          "Give every optimiser of these parameters the same ones, in the same order.",
      );
    }
  }

  dispose(): void {
    for (const view of this.views.values()) view.dispose();
    this.flat.dispose();
  }
}

/** How many elements the storage behind `x` holds: more than its own, if it is a window. */
function room(x: Tensor): number {
  return x.device.kind === "gpu"
    ? x.gpu.buffer.size / 4
    : x.reference.data.buffer.byteLength / Float64Array.BYTES_PER_ELEMENT;
}

function layout(slots: ReadonlyMap<string, Slot>) {
  const offsets = new Map<string, number>();
  let total = 0;
  for (const [name, { value }] of slots) {
    offsets.set(name, total);
    total += Math.ceil(Math.max(1, sizeOf(value.shape)) / WINDOW_ALIGN) * WINDOW_ALIGN;
  }
  return { offsets, total };
}

function windows(
  flat: Tensor,
  slots: ReadonlyMap<string, Slot>,
  offsets: ReadonlyMap<string, number>,
  label: string,
): Map<string, Tensor> {
  const views = new Map<string, Tensor>();
  for (const [name, { value }] of slots) {
    views.set(name, flat.window(offsets.get(name) ?? 0, value.shape, `${label} ${name}`));
  }
  return views;
}
