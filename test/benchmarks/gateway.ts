/** The gateway: what it costs in time, how near its figures are to the truth, whether its memory stays flat. */
import { gatewayAttribution } from './gatewayAttribution.js';
import { gatewayMemory } from './gatewayMemory.js';
import { gatewayModel } from './gatewayModel.js';
import { gatewayOverhead } from './gatewayOverhead.js';
import type { Row } from './figures.js';

export async function gateway(): Promise<Row[]> {
  return [...(await gatewayModel()), ...(await gatewayOverhead()), ...gatewayAttribution(), ...(await gatewayMemory())];
}
