/** How many tokens an image is, by the ways that models' publishers give. Sizes in pixels. */

/** A way of counting, and its constants. */
export type ImageRule =
  /** OpenAI: a base, and so much for each tile of 512 pixels after scaling; `low` detail is the base alone. */
  | { readonly kind: 'tiles'; readonly base: number; readonly perTile: number }
  /** OpenAI: patches of 32 pixels, at most 1,536, times a factor. */
  | { readonly kind: 'patches'; readonly factor: number }
  /** Anthropic: the area over 750, after scaling to an edge of 1,568. */
  | { readonly kind: 'area' }
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

/** OpenAI's: to fit 2,048 x 2,048, then the shorter edge to 768; never larger than it is. */
function tilesOf(width: number, height: number): number {
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const scale = fit * Math.min(1, 768 / (Math.min(width, height) * fit));
  // A hair less, so that 512 / 512 scaled and back is one tile.
  const along = (edge: number): number => Math.max(1, Math.ceil((edge * scale) / 512 - 1e-9));
  return along(width) * along(height);
}

const PATCH = 32;
const MAX_PATCHES = 1536;

function patchesOf(width: number, height: number): number {
  const count = (w: number, h: number): number => Math.ceil(w / PATCH - 1e-9) * Math.ceil(h / PATCH - 1e-9);
  if (count(width, height) <= MAX_PATCHES) return count(width, height);
  const shrink = Math.sqrt((PATCH * PATCH * MAX_PATCHES) / (width * height));
  const across = (width * shrink) / PATCH;
  const down = (height * shrink) / PATCH;
  // Of a strip thinner than a patch, one row or column is left.
  const whole = Math.min(Math.max(1, Math.floor(across)) / across, Math.max(1, Math.floor(down)) / down);
  return Math.min(MAX_PATCHES, count(width * shrink * whole, height * shrink * whole));
}

function areaTokens(width: number, height: number): number {
  const scale = Math.min(1, 1568 / Math.max(width, height));
  return Math.min(1600, Math.ceil((width * scale * height * scale) / 750));
}

function cropsOf(width: number, height: number): number {
  if (Math.max(width, height) <= 384) return 1;
  const unit = Math.min(768, Math.max(256, Math.floor(Math.min(width, height) / 1.5)));
  return Math.ceil(width / unit) * Math.ceil(height / unit);
}

function cellsOf(width: number, height: number, cell: number, minArea: number, maxArea: number): number {
  const near = (edge: number): number => Math.max(1, Math.round(edge / cell));
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
  const along = (edge: number): number => Math.max(1, Math.ceil(Math.floor(edge / ratio) / cell));
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

/** Tokens of an image. @param detail as the request asks for it; only OpenAI's tiles know one */
export function imageTokens(rule: ImageRule, width: number, height: number, detail?: string): number {
  switch (rule.kind) {
    case 'tiles':
      return rule.base + (detail === 'low' ? 0 : rule.perTile * tilesOf(width, height));
    case 'patches':
      return Math.ceil(rule.factor * patchesOf(width, height) - 1e-9);
    case 'area':
      return areaTokens(width, height);
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
