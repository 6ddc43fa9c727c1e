import type { CommandModule } from '../host.js';

/** `Joule Lens: Show Measurement Output`: the channel with the raw payloads. */
export const showOutput: CommandModule = {
  id: 'showOutput',
  run(host) {
    host.output.show();
    return Promise.resolve();
  },
};
