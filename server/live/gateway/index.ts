/** The gateway. */
export { startGateway, type Gateway, type GatewayEvent, type GatewayOptions } from './gateway.js';
export { requestIdHeader, type Upstream } from './proxy.js';
export { parseUpstream } from './upstream.js';
