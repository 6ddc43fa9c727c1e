import type { CommandModule } from '../host.js';

/** `Joule Lens: Show Measurements`: the panel with runs, spread, and predicted against measured. */
export const showMeasurements: CommandModule = {
  id: 'showMeasurements',
  run(host) {
    host.panel.show();
    return Promise.resolve();
  },
};
