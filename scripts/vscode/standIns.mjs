// Plain-JavaScript stand-ins for two native modules of VS Code's server, which would need a compiler.

/** Writes log files and with them output channels: what `@vscode/spdlog` does, synchronously. */
export const spdlog = `'use strict';
const fs = require('node:fs');
const path = require('node:path');
const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];
let commonLevel = 2;
class Logger {
  constructor(kind, name, file) {
    this.name = name;
    this.level = commonLevel;
    this.bare = false;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.file = fs.openSync(file, 'a');
  }
  log(level, message) {
    if (level < this.level || this.file === null) return;
    const stamp = new Date().toISOString().slice(0, 23).replace('T', ' ');
    fs.writeSync(this.file, this.bare ? String(message) : stamp + ' [' + names[level] + '] ' + message + '\\n');
  }
  trace(message) { this.log(0, message); }
  debug(message) { this.log(1, message); }
  info(message) { this.log(2, message); }
  warn(message) { this.log(3, message); }
  error(message) { this.log(4, message); }
  critical(message) { this.log(5, message); }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() { this.bare = false; }
  clearFormatters() { this.bare = true; }
  flush() {}
  drop() {
    if (this.file !== null) fs.closeSync(this.file);
    this.file = null;
  }
}
// Assigned one by one: VS Code imports these names from a module, which finds them only so.
exports.version = 0;
exports.Logger = Logger;
exports.setLevel = (level) => { commonLevel = level; };
exports.setFlushOn = () => {};
exports.createRotatingLogger = async (name, file) => new Logger('rotating', name, file);
exports.createAsyncRotatingLogger = async (name, file) => new Logger('rotating_async', name, file);
`;

/** Ends the extension host when its parent has gone: what `native-watchdog` does. */
export const nativeWatchdog = `'use strict';
exports.start = (pid) => {
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch {
      process.exit(87);
    }
  }, 2000).unref();
};
exports.exit = (code) => process.exit(code ?? 0);
`;
