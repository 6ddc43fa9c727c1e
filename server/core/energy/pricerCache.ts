/** Pricers kept for the conversations that share their assumptions: a file of many chats prepares its model once. */
import type { ResolvedModel } from './catalogue.js';
import { createPricer, type Pricer } from './pricer.js';
import type { Assumptions } from './types.js';

export type PricerCache = (assumptions: Assumptions, model: ResolvedModel) => Pricer;

/** Deployments kept per model; beyond, the cache starts anew. */
const MOST_DEPLOYMENTS = 64;

/** The cache's function throws as `createPricer` does. */
export function createPricerCache(): PricerCache {
  const models = new WeakMap<ResolvedModel, Map<string, Pricer>>();
  return (assumptions, model) => {
    let deployments = models.get(model);
    if (!deployments) models.set(model, (deployments = new Map<string, Pricer>()));
    const key = JSON.stringify(assumptions);
    let pricer = deployments.get(key);
    if (!pricer) {
      pricer = createPricer(assumptions, model);
      if (deployments.size >= MOST_DEPLOYMENTS) deployments.clear();
      deployments.set(key, pricer);
    }
    return pricer;
  };
}
