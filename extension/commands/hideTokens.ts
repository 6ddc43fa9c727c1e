import type { CommandModule } from '../host.js';

/** `Joule Lens: Hide Tokens`: what Escape does while they are shown. */
export const hideTokens: CommandModule = {
  id: 'hideTokens',
  async run(host) {
    host.tokens.hide();
    return Promise.resolve();
  },
};
