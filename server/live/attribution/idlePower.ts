/** Power while no request runs, measured in windows in which none did. */

/** Idle time in seconds after which what was seen before counts half: clocks and fans follow the load. */
const halfLifeSeconds = 30;

/** Mean power of the latest idle windows. */
export class IdlePower {
  private joules = 0;
  private seconds = 0;

  /** Null before the first idle window. */
  get watts(): number | null {
    return this.seconds > 0 ? this.joules / this.seconds : null;
  }

  /** A window without any request. */
  learn(joules: number, seconds: number): void {
    const kept = 0.5 ** (seconds / halfLifeSeconds);
    this.joules = this.joules * kept + joules;
    this.seconds = this.seconds * kept + seconds;
  }
}
