/** How a demo endpoint behaves. Set by whoever starts it, never by a request. */

/** Ways to misbehave, for tests of clients. */
export type Fault =
  /** Nobody listens on the port. */
  | 'refuse'
  /** Takes the request and never answers. */
  | 'hang'
  /** Answers with a web page. */
  | 'html'
  /** Closes the connection in mid-stream. */
  | 'cut'
  /** Replies, and reports no energy. */
  | 'noEnergy'
  /** Reports an error in mid-stream. */
  | 'errorMidStream'
  /** Redirects to another origin. */
  | 'redirect';

/** Everything that can be chosen. */
export interface DemoOptions {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Tokens a second of a streamed reply; Infinity writes it at once. */
  readonly tokensPerSecond: number;
  /** Wait before the first token in milliseconds, besides the time that the prompt takes. */
  readonly firstTokenMilliseconds: number;
  /** Seed of the meter's noise. */
  readonly seed: number;
  readonly fault?: Fault;
}

/** Speed of a chat service at ease. */
export const defaultOptions: DemoOptions = {
  port: 0,
  tokensPerSecond: 120,
  firstTokenMilliseconds: 120,
  seed: 1,
};
