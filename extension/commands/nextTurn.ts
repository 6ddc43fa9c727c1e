import type { CommandModule } from '../host.js';
import { navigate } from './navigate.js';

/** `Joule Lens: Next Turn`. */
export const nextTurn: CommandModule = { id: 'nextTurn', run: (host) => navigate(host, 1) };
