/** `joulelens.json` at a workspace's root: its form, and reading it with the place of every problem. */
import { z } from 'zod';
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { unknownIdMessage } from '../core/energy/nearest.js';
import { profileSchema } from '../core/energy/profileSchema.js';
import type { Profile, Span } from '../core/index.js';

/** Name of the file at the root of a workspace. */
export const CONFIG_FILE = 'joulelens.json';

/** Everything that `joulelens.json` may hold. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('Where this form is described.'),
  profile: z.string().min(1).optional().describe('Profile that holds unless the user chooses another one.'),
  model: z.string().min(1).optional().describe("Model that holds where a file names none: a catalogue id, or the path of a config.json beginning with './'."),
  models: z
    .record(z.string(), z.string().min(1))
    .optional()
    .describe('Models by glob of file path relative to the workspace root, e.g. "prompts/small/**": "llama-3.2-3b". The first match holds.'),
  tokenizers: z
    .record(z.string().min(1), z.string().min(1))
    .optional()
    .describe('Tokenizers by model id, * for any run of characters, e.g. "acme/*": "tokenizers/acme". Each is the path of a Hugging Face tokenizer.json or of Meta’s tokenizer.model (Llama 3 and 4), or of the folder that holds it, relative to this file. The first match holds. A chat_template.jinja or tokenizer_config.json beside it gives the chat template.'),
  profiles: z.record(z.string(), profileSchema).optional().describe('Sets of assumptions by name.'),
}); // prettier-ignore

/** Keys that would send something somewhere: they belong to the machine's own settings and are refused in a workspace's file. */
const MACHINE_KEYS = new Set([
  'endpoint',
  'endpoints',
  'endpointModel',
  'baseUrl',
  'apiKey',
  'key',
  'meter',
  'meters',
  'extractor',
  'extractors',
  'measure',
  'gateway',
  'upstream',
  'command',
]);

/** Something wrong at a place in the file; that key is left out, the rest holds. */
export interface SettingsProblem {
  readonly severity: 'error' | 'warning';
  /** Names the key and what to do. */
  readonly message: string;
  readonly span: Span;
}

/** What a `joulelens.json` says. */
export interface ConfigFile {
  readonly profile: string | null;
  readonly model: string | null;
  /** Glob to model, in the file's order. */
  readonly models: readonly (readonly [glob: string, model: string])[];
  /** Model pattern to path of a tokenizer.json, in the file's order. */
  readonly tokenizers: readonly (readonly [pattern: string, path: string])[];
  readonly profiles: readonly Profile[];
}

export const EMPTY_CONFIG: ConfigFile = { profile: null, model: null, models: [], tokenizers: [], profiles: [] };

/** Largest file that is read, in code units. */
const LONGEST = 1_000_000;

/** Reads the text of a `joulelens.json`, comments and trailing commas allowed. Never throws: what is wrong is left out. */
export function readConfigFile(text: string): { config: ConfigFile; problems: SettingsProblem[] } {
  const problems: SettingsProblem[] = [];
  const whole = { start: 0, end: Math.min(text.length, 1) };
  if (text.length > LONGEST) {
    const message = `${CONFIG_FILE} is longer than ${LONGEST} characters: not read`;
    return { config: EMPTY_CONFIG, problems: [{ severity: 'error', message, span: whole }] };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  for (const { error, offset, length } of errors.slice(0, 1)) {
    const message = `${CONFIG_FILE} is not valid JSON here (${printParseErrorCode(error)}): what can be read of it holds`;
    problems.push({ severity: 'error', message, span: { start: offset, end: offset + Math.max(1, length) } });
  }
  if (root?.type !== 'object') {
    const message = `${CONFIG_FILE} must hold a JSON object`;
    if (errors.length === 0) problems.push({ severity: 'error', message, span: root ? spanOf(root) : whole });
    return { config: EMPTY_CONFIG, problems };
  }
  return { config: readKeys(root, problems), problems };
}

const spanOf = (node: Node): Span => ({ start: node.offset, end: node.offset + node.length });

function readKeys(root: Node, problems: SettingsProblem[]): ConfigFile {
  let config = EMPTY_CONFIG;
  const { profile, model, models, tokenizers } = configSchema.shape;
  for (const [key, keyNode, valueNode] of entriesOf(root)) {
    const value: unknown = valueOf(valueNode);
    const read = <T>(schema: z.ZodType<T>): T | null => checked(schema, key, value, valueNode, problems);
    if (key === '$schema') continue;
    else if (key === 'profile') config = { ...config, profile: read(profile) ?? null };
    else if (key === 'model') config = { ...config, model: read(model) ?? null };
    else if (key === 'models') config = { ...config, models: Object.entries(read(models) ?? {}) };
    else if (key === 'tokenizers') config = { ...config, tokenizers: Object.entries(read(tokenizers) ?? {}) };
    else if (key === 'profiles') config = { ...config, profiles: readProfiles(valueNode, value, problems) };
    else problems.push(unknownKey(key, keyNode));
  }
  return config;
}

/** Profiles one by one: a bad one is left out, the others hold. */
function readProfiles(node: Node, value: unknown, problems: SettingsProblem[]): Profile[] {
  if (node.type !== 'object') {
    problems.push({
      severity: 'error',
      message: `profiles: expected an object of profiles by name, not ${kindOf(value)}`,
      span: spanOf(node),
    });
    return [];
  }
  return entriesOf(node).flatMap(([name, , valueNode]) => {
    const profile = checked(profileSchema, `profiles.${name}`, valueOf(valueNode), valueNode, problems);
    return profile === null ? [] : [{ name, ...profile } as Profile];
  });
}

function entriesOf(node: Node): [key: string, keyNode: Node, valueNode: Node][] {
  return (node.children ?? []).flatMap(({ children }) => {
    const [keyNode, valueNode] = children ?? [];
    return keyNode && valueNode ? [[String(keyNode.value), keyNode, valueNode]] : [];
  });
}

/** The plain value of a node; duplicate keys: the last holds. */
function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(entriesOf(node).map(([key, , value]) => [key, valueOf(value)]));
}

function checked<T>(
  schema: z.ZodType<T>,
  key: string,
  value: unknown,
  node: Node,
  problems: SettingsProblem[],
): T | null {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  problems.push({
    severity: 'error',
    message: settingMessage(key, issue, value),
    span: spanOf((path.length > 0 ? findNodeAtLocation(node, path) : undefined) ?? node),
  });
  return null;
}

/** One clear line for the first thing wrong with a setting. */
export function settingMessage(key: string, issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const [unknown] = issue.keys;
    const where = [key, ...issue.path.map(String)].join('.');
    if (MACHINE_KEYS.has(unknown!)) return machineMessage(`${where}.${unknown}`);
    return `${where}: ${unknownIdMessage('key', unknown!, Object.keys(profileSchema.shape))}; this entry is ignored`;
  }
  const at = [key, ...issue.path.map(String)].join('.');
  const found = issue.path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
    value,
  );
  if (issue.code === 'custom') return `${at}: ${issue.message}; this entry is ignored`;
  const expected = issue.message.replace(/^(Invalid input|Too small|Too big): /, '').replace(/, received .*$/, '');
  return `${at}: ${expected} (it is ${kindOf(found)}); this entry is ignored`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return JSON.stringify(value)?.slice(0, 60) ?? 'missing';
}

const machineMessage = (key: string): string =>
  `${key}: endpoints, meters and extractors are set in the user's own settings only, never in ${CONFIG_FILE}; ignored`;

function unknownKey(key: string, node: Node): SettingsProblem {
  const message = MACHINE_KEYS.has(key)
    ? machineMessage(key)
    : `${unknownIdMessage('key', key, Object.keys(configSchema.shape))}; ignored`;
  return { severity: MACHINE_KEYS.has(key) ? 'error' : 'warning', message, span: spanOf(node) };
}
