import type { CommandModule } from '../host.js';
import { navigate } from './navigate.js';

/** `Joule Lens: Previous Turn`. */
export const previousTurn: CommandModule = { id: 'previousTurn', run: (host) => navigate(host, -1) };
