// The licences of what is bundled, as they ask to be shipped with it.
import fs from 'node:fs';
import { inRoot } from './paths.mjs';

function packageFolderOf(input) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function licenceOf(folder) {
  const file = fs.readdirSync(inRoot(folder)).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file ? fs.readFileSync(inRoot(folder, file), 'utf8').trim() : undefined;
}

/** Text of dist/THIRD-PARTY-NOTICES.txt, from esbuild's metafiles and packages whose files are copied. */
export function thirdPartyNotices(metafiles, copiedFrom) {
  const inputs = [...metafiles.flatMap((metafile) => Object.keys(metafile.inputs)), ...copiedFrom];
  const folders = [...new Set(inputs.map(packageFolderOf).filter(Boolean))].sort();
  return folders
    .map((folder) => {
      const { name, version, license, author } = JSON.parse(fs.readFileSync(inRoot(folder, 'package.json'), 'utf8'));
      const by = typeof author === 'string' ? author : author?.name;
      const text = licenceOf(folder) ?? `${license}${by ? `, by ${by}` : ''}`;
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
