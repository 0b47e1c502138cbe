'use strict';
// Asks the origin, which asks the edge, what handshakes there have been. Text goes in as text, never as markup.
const shown = document.getElementById('handshakes');
const steps = document.getElementById('steps');

function row(cells) {
  const tr = document.createElement('tr');
  for (const cell of cells) tr.appendChild(document.createElement('td')).textContent = cell ?? '–';
  return tr;
}

function step(item) {
  const li = document.createElement('li');
  li.className = item.kind;
  li.appendChild(document.createElement('time')).textContent = item.at.toFixed(1) + ' ms';
  const text = item.kind === 'key' ? `edge asks the key server: ${item.name}, answered after ${item.elapsed.toFixed(1)} ms`
    : item.kind === 'received' ? `you → edge: ${item.name}, ${item.bytes} bytes`
    : `edge → you: ${item.name}, ${item.bytes} bytes`;
  li.appendChild(document.createElement('span')).textContent = text;
  return li;
}

async function refresh() {
  try {
    const handshakes = await (await fetch('handshakes.json', { cache: 'no-store' })).json();
    shown.replaceChildren(...handshakes.map(h => row([
      new Date(h.started).toLocaleTimeString(), h.version, h.cipherSuite.replace(/^TLS_/, ''), h.group ?? 'RSA', h.signatureScheme,
      h.serverName, h.applicationProtocol,
      h.steps.filter(s => s.kind === 'key').reduce((sum, s) => sum + s.elapsed, 0).toFixed(1) + ' ms', h.elapsed.toFixed(1) + ' ms'])));
    steps.replaceChildren(...(handshakes[0]?.steps ?? []).map(step));
  } catch {
    // The demonstration has ended, or is on its way up.
  }
  setTimeout(refresh, 2000);
}
refresh();
