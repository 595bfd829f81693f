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

/** No adapter, a lost device, a refused allocation, a shader that does not compile. */
export class DeviceError extends HitofudeError {
  override readonly name = "DeviceError";
}

/** A tensor was used after it was freed. */
export class DisposedError extends HitofudeError {
  override readonly name = "DisposedError";
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
