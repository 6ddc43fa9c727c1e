/** How many tokens an image is, by the ways that models' publishers give. Sizes in pixels. */

/** A way of counting, and its constants. */
export type ImageRule =
  /** OpenAI: a base, and so much for each tile of 512 pixels after scaling; `low` detail is the base alone. */
  | { readonly kind: 'tiles'; readonly base: number; readonly perTile: number }
  /** OpenAI: patches of 32 pixels, at most `most` of them, with `high` detail `mostHigh`, times a factor. */
  | { readonly kind: 'patches'; readonly factor: number; readonly most: number; readonly mostHigh?: number }
  /** Anthropic: one for each block of 28 pixels, after shrinking to a longest edge and to at most so many. */
  | { readonly kind: 'blocks'; readonly maxEdge: number; readonly most: number }
  /** Gemini: 258 for a small image, else for each tile. */
  | { readonly kind: 'crops' }
  /** So many whatever the size. */
  | { readonly kind: 'fixed'; readonly tokens: number }
  /** Qwen-VL: one for each cell after rounding both edges to whole cells within bounds of area, and two around them. */
  | { readonly kind: 'cells'; readonly cell: number; readonly minArea: number; readonly maxArea: number }
  /** Mistral: one for each cell and one for each row, the longer edge at most `maxEdge`. */
  | { readonly kind: 'rows'; readonly cell: number; readonly maxEdge: number }
  /** Llama 4: tiles of 336 pixels, at most 16, and the whole once more where there are several. */
  | { readonly kind: 'canvas' };

/** Python's `round`, which publishers' code is written with: halves go to the even number. */
function roundEven(value: number): number {
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

/** OpenAI's: to fit 2,048 x 2,048, then the shorter edge to 768; never larger than it is. */
function tilesOf(width: number, height: number): number {
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const scale = fit * Math.min(1, 768 / (Math.min(width, height) * fit));
  // Scaled to whole pixels: 512.5 is 512, as the API counts.
  const along = (edge: number): number => Math.max(1, Math.ceil(roundEven(edge * scale) / 512));
  return along(width) * along(height);
}

const PATCH = 32;

const patchesIn = (w: number, h: number): number => Math.ceil(w / PATCH - 1e-9) * Math.ceil(h / PATCH - 1e-9);

const mostPatches = (rule: ImageRule & { kind: 'patches' }, detail: string | undefined): number =>
  detail === 'high' ? (rule.mostHigh ?? rule.most) : rule.most;

function patchesOf(width: number, height: number, most: number): number {
  if (patchesIn(width, height) <= most) return patchesIn(width, height);
  const shrink = Math.sqrt((PATCH * PATCH * most) / (width * height));
  const across = (width * shrink) / PATCH;
  const down = (height * shrink) / PATCH;
  // Of a strip thinner than a patch, one row or column is left.
  const whole = Math.min(Math.max(1, Math.floor(across)) / across, Math.max(1, Math.floor(down)) / down);
  return Math.min(most, patchesIn(width * shrink * whole, height * shrink * whole));
}

/** Whether a rule counts an image of this size as it is: how shrinking is rounded is not published everywhere. */
export const isUnshrunk = (rule: ImageRule, width: number, height: number, detail?: string): boolean =>
  rule.kind !== 'patches' || patchesIn(width, height) <= mostPatches(rule, detail);

const BLOCK = 28;
/** Halvings of the interval in which the scale lies: far below a pixel. */
const HALVINGS = 40;

/** The largest scale at which an image fits is looked for: its blocks only grow with it. */
function blocksOf(width: number, height: number, maxEdge: number, most: number): number {
  const at = (scale: number): number =>
    Math.max(1, Math.ceil((width * scale) / BLOCK - 1e-9)) * Math.max(1, Math.ceil((height * scale) / BLOCK - 1e-9));
  let low = 0;
  let high = Math.min(1, maxEdge / Math.max(width, height));
  if (at(high) <= most) return at(high);
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (at(middle) <= most) low = middle;
    else high = middle;
  }
  return at(low);
}

function cropsOf(width: number, height: number): number {
  if (Math.max(width, height) <= 384) return 1;
  const unit = Math.min(768, Math.max(256, Math.floor(Math.min(width, height) / 1.5)));
  return Math.ceil(width / unit) * Math.ceil(height / unit);
}

function cellsOf(width: number, height: number, cell: number, minArea: number, maxArea: number): number {
  const near = (edge: number): number => Math.max(1, roundEven(edge / cell));
  const area = near(width) * near(height) * cell * cell;
  if (area > maxArea) {
    const by = Math.sqrt((width * height) / maxArea);
    return Math.max(1, Math.floor(width / by / cell)) * Math.max(1, Math.floor(height / by / cell));
  }
  if (area < minArea) {
    const by = Math.sqrt(minArea / (width * height));
    return Math.ceil((width * by) / cell) * Math.ceil((height * by) / cell);
  }
  return near(width) * near(height);
}

function rowTokens(width: number, height: number, cell: number, maxEdge: number): number {
  const ratio = Math.max(1, width / maxEdge, height / maxEdge);
  const along = (edge: number): number => Math.ceil(Math.max(1, roundEven(edge / ratio)) / cell);
  return (along(width) + 1) * along(height);
}

const TILE = 336;
const TOKENS_PER_TILE = 144;

/** The arrangement of at most 16 tiles that needs the least enlarging, else the least shrinking, and then is smallest. */
function canvasTokens(width: number, height: number): number {
  let best = { scale: 0, tiles: 1 };
  for (let across = 1; across <= 16; across++) {
    for (let down = 1; across * down <= 16; down++) {
      const scale = Math.min((across * TILE) / width, (down * TILE) / height);
      const tiles = across * down;
      const better = best.scale >= 1 ? scale >= 1 && scale < best.scale : scale > best.scale;
      if (better || (scale === best.scale && tiles < best.tiles)) best = { scale, tiles };
    }
  }
  // Start, end and the mark of the whole; a separator for each tile of several.
  return best.tiles === 1 ? TOKENS_PER_TILE + 3 : (TOKENS_PER_TILE + 1) * best.tiles + TOKENS_PER_TILE + 3;
}

/** Tokens of an image. @param detail as the request asks for it; only OpenAI's rules know one */
export function imageTokens(rule: ImageRule, width: number, height: number, detail?: string): number {
  switch (rule.kind) {
    case 'tiles':
      return rule.base + (detail === 'low' ? 0 : rule.perTile * tilesOf(width, height));
    case 'patches':
      return Math.ceil(rule.factor * patchesOf(width, height, mostPatches(rule, detail)) - 1e-9);
    case 'blocks':
      return blocksOf(width, height, rule.maxEdge, rule.most);
    case 'crops':
      return 258 * cropsOf(width, height);
    case 'fixed':
      return rule.tokens;
    case 'cells':
      return cellsOf(width, height, rule.cell, rule.minArea, rule.maxArea) + 2;
    case 'rows':
      return rowTokens(width, height, rule.cell, rule.maxEdge);
    case 'canvas':
      return canvasTokens(width, height);
  }
}
