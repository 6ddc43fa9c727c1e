/** Asks an endpoint which models it serves. */
import { endpointUrl, timeoutsFor, type Endpoint } from './endpoint.js';
import { LiveError } from './errors.js';
import { httpFailure, notJson, readText } from './httpFailure.js';
import { redactorFor } from './redact.js';
import { send } from './transport.js';
import { modelsSchema, tryJson } from './wire.js';

/** One model at an endpoint. */
export interface ServedModel {
  readonly id: string;
  /** Names the engine on some servers: `vllm`, `llamacpp`. */
  readonly ownedBy: string | null;
}

/** Bytes of a list of models. */
const listLimit = 8 * 1024 * 1024;

/** `GET {base}/models`. Rejects with LiveError: one line that names the URL and what happened. */
export async function listModels(
  endpoint: Endpoint,
  options: { readonly timeoutSeconds: number; readonly signal?: AbortSignal | undefined },
): Promise<ServedModel[]> {
  const url = endpointUrl(endpoint, 'models');
  const redact = redactorFor(endpoint.apiKey);
  const response = await send({
    method: 'GET',
    url,
    apiKey: endpoint.apiKey,
    accept: 'application/json',
    timeouts: timeoutsFor(options.timeoutSeconds),
    maxBytes: listLimit,
    signal: options.signal,
  });
  const text = await readText(response, listLimit);
  if (response.status < 200 || response.status >= 300) {
    throw httpFailure(response, text, redact);
  }
  const list = modelsSchema.safeParse(tryJson(text));
  if (!list.success) {
    throw notJson(url.href, response.headers['content-type'], text, redact);
  }
  return list.data.data.map(({ id, owned_by: ownedBy }) => ({ id, ownedBy: ownedBy ?? null }));
}

/** How an endpoint's model was chosen. */
export interface ModelChoice {
  /** Name to send. */
  readonly id: string;
  /** Said to the user where the choice is not plain. */
  readonly warning?: string;
}

/**
 * The endpoint's name for the model that the user means: the same name in any case, else the same last part of the
 * path, else the only model served. Null where several are served and none fits.
 */
export function chooseModel(wanted: string, served: readonly ServedModel[]): ModelChoice | null {
  const lower = wanted.toLowerCase();
  const lastPart = (id: string): string => id.toLowerCase().split('/').at(-1) ?? '';
  const fit =
    served.find(({ id }) => id === wanted) ??
    served.find(({ id }) => id.toLowerCase() === lower) ??
    served.find(({ id }) => lastPart(id) === lastPart(wanted));
  if (fit !== undefined) {
    return { id: fit.id };
  }
  const only = served.length === 1 ? served[0] : undefined;
  return only === undefined
    ? null
    : { id: only.id, warning: `The endpoint serves ${only.id}; the prediction is for ${wanted}.` };
}

/**
 * The model to ask for. An endpoint without a list (404 and the like) gets the wanted name as it is; any failure that
 * would also meet the request itself is thrown.
 */
export async function resolveModel(
  endpoint: Endpoint,
  wanted: string,
  options: { readonly timeoutSeconds: number; readonly signal?: AbortSignal | undefined },
): Promise<ModelChoice> {
  let served: ServedModel[];
  try {
    served = await listModels(endpoint, options);
  } catch (error) {
    const hasNoList = error instanceof LiveError && (error.code === 'notJson' || isMissing(error.details.status));
    if (hasNoList) {
      return { id: wanted };
    }
    throw error;
  }
  if (served.length === 0) {
    return { id: wanted };
  }
  const choice = chooseModel(wanted, served);
  if (choice === null) {
    const names = served.slice(0, 8).map(({ id }) => id);
    const more = served.length > names.length ? `, and ${served.length - names.length} more` : '';
    const place = endpointUrl(endpoint, 'models').href;
    throw new LiveError('noModel', place, `${place}: does not serve ${wanted}; it serves ${names.join(', ')}${more}.`);
  }
  return choice;
}

function isMissing(status: number | undefined): boolean {
  return status !== undefined && [400, 404, 405, 501].includes(status);
}
