/** Document URIs, as far as the server looks into them. */
import { fileURLToPath } from 'node:url';

/** The file's path on this machine; null for untitled documents and files elsewhere. */
export function filePathOf(uri: string): string | null {
  if (!uri.startsWith('file:')) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}

/** Path with forward slashes, for recognising a format by name; empty where the document has no file name. */
export function namePathOf(uri: string): string {
  const path = /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]*)?([^?#]*)/i.exec(uri)?.[1] ?? '';
  if (uri.startsWith('untitled:') && !/\.[^/.]+$/.test(path)) return '';
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether `uri` is `folder` or lies inside it. */
export function isInside(uri: string, folder: string): boolean {
  const root = folder.endsWith('/') ? folder : `${folder}/`;
  return uri === folder || uri.startsWith(root);
}

/** Path of `uri` relative to `folder`, with forward slashes; empty where it is not inside. */
export function pathInside(uri: string, folder: string): string {
  const root = folder.endsWith('/') ? folder : `${folder}/`;
  if (!uri.startsWith(root)) return '';
  try {
    return decodeURIComponent(uri.slice(root.length));
  } catch {
    return uri.slice(root.length);
  }
}
