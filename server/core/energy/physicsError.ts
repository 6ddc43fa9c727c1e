/** Weights or one sequence do not fit, or a number is not a possible one. The message names the field and the remedy. */
export class PhysicsError extends Error {
  /** @param field The field of the deployment or the shape at fault. */
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
    this.name = 'PhysicsError';
  }
}
