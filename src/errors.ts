/**
 * Errors are messages to a person: one sentence that names the operation and the numbers,
 * one that says what to do.
 */

/** Base of every error that this project throws on purpose. */
export class HitofudeError extends Error {
  override readonly name: string = "HitofudeError";
}

/** A shape, rank, axis or size does not fit. */
export class ShapeError extends HitofudeError {
  override readonly name = "ShapeError";
}

/** An element type does not fit. */
export class DtypeError extends HitofudeError {
  override readonly name = "DtypeError";
}

/** No adapter, two devices where one is wanted, a shader that does not compile. */
export class DeviceError extends HitofudeError {
  override readonly name: string = "DeviceError";
}

/**
 * Memory was asked for that the adapter does not have. Numbers are bytes; `limit` is undefined
 * where the adapter refused without saying how much it has.
 */
export class OutOfMemoryError extends DeviceError {
  override readonly name = "OutOfMemoryError";
  readonly asked: number;
  readonly live: number;
  readonly limit: number | undefined;

  constructor(
    message: string,
    { asked, live, limit }: { asked: number; live: number; limit: number | undefined },
  ) {
    super(message);
    this.asked = asked;
    this.live = live;
    this.limit = limit;
  }
}

/** The device is gone, and its tensors with it. A new device can be opened. */
export class DeviceLostError extends DeviceError {
  override readonly name = "DeviceLostError";
}

/** A tensor was used after it was freed. */
export class DisposedError extends HitofudeError {
  override readonly name = "DisposedError";
}

/** A step cannot be captured, or a captured step cannot be replayed. */
export class CaptureError extends HitofudeError {
  override readonly name = "CaptureError";
}

/** A function cannot be fused into one kernel. */
export class FuseError extends HitofudeError {
  override readonly name = "FuseError";
}

/** A NaN or an infinite value was found where `checkFinite` looked. */
export class NonFiniteError extends HitofudeError {
  override readonly name = "NonFiniteError";
}

/** A derivative is missing, or was asked of something that has none. */
export class GradientError extends HitofudeError {
  override readonly name = "GradientError";
}

/** A checkpoint, a picture or a data file cannot be read, or does not fit. */
export class FormatError extends HitofudeError {
  override readonly name = "FormatError";
}

/** The person asked for something that cannot be done (the command line exits with 2). */
export class UsageError extends HitofudeError {
  override readonly name = "UsageError";
}
