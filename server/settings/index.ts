/** Profiles and `joulelens.json`, for the language server and the command line. */
export * from './configFile.js';
export * from './loadConfig.js';
export * from './mergeProfile.js';
export * from './ownModels.js';
export * from './ownTokenizers.js';
export * from './resolve.js';
