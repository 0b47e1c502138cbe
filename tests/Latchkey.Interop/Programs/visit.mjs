// One GET with Node's https or http2: module, port, host name, protocol, CA file (PEM), path.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import http2 from 'node:http2';

const [module, port, host, version, caFile, path] = process.argv.slice(2);
const tls = { ca: readFileSync(caFile), servername: host, minVersion: version, maxVersion: version };

function report(socket, body) {
  console.log('version: ' + socket.getProtocol());
  console.log('suite: ' + socket.getCipher().standardName);
  console.log('certificate: ' + socket.getPeerCertificate().raw.toString('base64'));
  console.log('application: ' + (socket.alpnProtocol || ''));
  console.log('body: ' + Buffer.concat(body).toString('base64'));
}

function collect(stream, then) {
  const body = [];
  stream.on('data', piece => body.push(piece));
  stream.on('end', () => then(body));
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

if (module === 'https') {
  const options = { ...tls, host: '127.0.0.1', port, path, headers: { host }, ALPNProtocols: ['http/1.1'], agent: false };
  https.get(options, response => collect(response, body => report(response.socket, body))).on('error', fail);
} else {
  const session = http2.connect(`https://${host}:${port}`, { ...tls, host: '127.0.0.1', lookup: (_, options, done) =>
    options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4) });
  session.on('error', fail);
  const request = session.request({ ':path': path });
  collect(request, body => { report(session.socket, body); session.close(); });
  request.on('error', fail);
}
