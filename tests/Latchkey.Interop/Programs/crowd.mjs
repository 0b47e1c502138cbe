// Many TLS connections begun at the same moment, each with one GET after its handshake:
// count, port, host name, protocol, CA file (PEM), path. Writes what became of them as one line of JSON.
import { readFileSync } from 'node:fs';
import tls from 'node:tls';

const [count, port, host, version, caFile, path] = process.argv.slice(2);
const context = tls.createSecureContext({ ca: readFileSync(caFile), minVersion: version, maxVersion: version });
const start = performance.now();
const handshakes = [];
const failures = {};
let answers = 0;

function visit() {
  return new Promise(done => {
    const socket = tls.connect({ host: '127.0.0.1', port, servername: host, secureContext: context });
    let text = '';
    socket.on('secureConnect', () => {
      handshakes.push(performance.now() - start);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', piece => text += piece);
    socket.on('error', error => failures[error.code] = (failures[error.code] || 0) + 1);
    socket.on('close', () => { if (text.includes('the origin says hello')) answers++; done(); });
  });
}

await Promise.all(Array.from({ length: Number(count) }, visit));
handshakes.sort((a, b) => a - b);
console.log(JSON.stringify({
  handshakes: handshakes.length, answers, failures,
  firstHandshake: handshakes[0] || 0, lastHandshake: handshakes.at(-1) || 0, all: performance.now() - start,
}));
