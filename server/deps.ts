/** What `main.ts` hands to the server: the core, the network, the clock. Tests hand over their own. */
import type { JouleService, TokenCounter, TokenEncoder, TokenizerInspector } from './core/index.js';
import type { MeasurePorts } from './features/measure.js';
import type { LivePort } from './features/livePort.js';
import type { HistoryFiles } from './workspace/history.js';

export interface ServerDeps {
  readonly service: JouleService;
  readonly live: LivePort;
  /** Counts and places tokens and looks at tokenizers, off this thread. */
  readonly tokens: TokenCounter & TokenEncoder & TokenizerInspector;
  readonly predict: MeasurePorts['predict'];
  readonly countTokens: MeasurePorts['countTokens'];
  /** ISO 8601. */
  readonly now: () => string;
  /** Unlike any other. */
  readonly newId: () => string;
  /** The history of measurements in a folder of this machine. */
  readonly openHistory: (folder: string) => HistoryFiles;
}
