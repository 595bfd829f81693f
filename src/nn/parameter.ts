import { HitofudeError } from "../errors.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * A slot for a trainable tensor. A layer reads `value` in its forward pass; an optimiser writes
 * into the tensor; a derivative puts a tracked view into the slot for as long as it runs.
 */
export class Parameter {
  /** The checkpoint's key, such as `down_blocks.0.resnets.1.conv1.weight`. */
  readonly name: string;
  readonly shape: Shape;
  private current: Tensor | undefined;

  constructor(name: string, shape: Shape, value: Tensor | undefined) {
    this.name = name;
    this.shape = shape;
    this.current = value;
  }

  /**
   * The tensor in the slot.
   * @throws HitofudeError when the parameter was only counted.
   */
  get value(): Tensor {
    if (this.current) return this.current;
    throw new HitofudeError(
      `${this.name}: this parameter was only counted, it has no values. ` +
        "Build the model from initParams or loadParams.",
    );
  }

  set value(tensor: Tensor) {
    this.current = tensor;
  }
}
