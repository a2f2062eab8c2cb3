// SPDX-License-Identifier: LGPL-2.1-or-later
// The page around noVNC: connects to where it came from, says what is going on, and tries again when the machine
// has gone. What RFB is and how it is drawn is noVNC's.
import RFB from './novnc/core/rfb.js';

const RETRY_SECONDS = [1, 2, 4, 8, 15];
const $ = (id) => document.getElementById(id);
const remembered = (key, fallback) => { try { return localStorage.getItem(key) ?? fallback; } catch { return fallback; } };
const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window */ } };

let rfb = null;
let credentials = {};
let refused = ''; // why the last attempt was not let in
let attempts = 0;
let timer = 0;

function show(state, text) {
  document.body.dataset.state = state;
  $('state').textContent = text;
  $('ctrl-alt-del').disabled = $('clipboard-button').disabled = state !== 'connected';
  if (state === 'connected') return;
  showClipboard(false);
  $('power').hidden = true;
}

function showClipboard(open) {
  $('clipboard').hidden = !open;
  $('clipboard-button').setAttribute('aria-expanded', open);
  if (open) $('clipboard-text').focus();
}

function applySize() {
  const size = $('size').value;
  remember('oriel-size', size);
  if (!rfb) return;
  rfb.scaleViewport = size === 'fit';
  rfb.resizeSession = size === 'remote';
}

function connect() {
  clearTimeout(timer);
  $('lost').hidden = true;
  refused = '';
  show('connecting', 'Connecting…');
  const url = new URL('websockify', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.search = url.hash = '';
  rfb = new RFB($('screen'), url.href, { credentials, wsProtocols: ['binary'] });
  rfb.background = 'transparent';
  rfb.showDotCursor = true;
  rfb.addEventListener('connect', onConnect);
  rfb.addEventListener('disconnect', onDisconnect);
  rfb.addEventListener('credentialsrequired', askPassword);
  rfb.addEventListener('securityfailure', (e) => { refused = e.detail.reason || 'The password was not accepted.'; });
  rfb.addEventListener('desktopname', (e) => {
    $('name').textContent = e.detail.name;
    document.title = `${e.detail.name} – Oriel`;
  });
  rfb.addEventListener('capabilities', (e) => { $('power').hidden = !e.detail.capabilities.power; });
  rfb.addEventListener('clipboard', (e) => {
    $('clipboard-text').value = e.detail.text;
    navigator.clipboard?.writeText(e.detail.text).catch(() => { /* not while another page has the focus */ });
  });
  applySize();
}

function onConnect() {
  attempts = 0;
  show('connected', 'Connected');
  $('password-form').hidden = true;
  rfb.focus();
}

function onDisconnect() {
  rfb = null;
  $('password-form').hidden = true;
  if (refused) {
    credentials = {};
    show('lost', 'Not connected');
    $('lost-title').textContent = 'Not let in';
    $('lost-text').textContent = refused;
    $('again').textContent = 'Try again';
    $('lost').hidden = false;
    return;
  }
  retryIn(RETRY_SECONDS[Math.min(attempts++, RETRY_SECONDS.length - 1)]);
}

function retryIn(seconds) {
  if (!seconds) {
    connect();
    return;
  }
  show('lost', 'Not connected');
  $('lost-title').textContent = 'The machine does not answer';
  $('lost-text').textContent = `It may have been switched off. Next try in ${seconds} s.`;
  $('again').textContent = 'Connect now';
  $('lost').hidden = false;
  timer = setTimeout(retryIn, 1000, seconds - 1);
}

function askPassword(e) {
  show('connecting', 'Waiting for the password');
  $('user-label').hidden = !e.detail.types.includes('username');
  $('password').value = '';
  $('password-form').hidden = false;
  ($('user-label').hidden ? $('password') : $('user')).focus();
}

$('password-form').addEventListener('submit', (e) => {
  e.preventDefault();
  credentials = { username: $('user').value, password: $('password').value };
  $('password-form').hidden = true;
  show('connecting', 'Connecting…');
  rfb?.sendCredentials(credentials);
});
$('again').addEventListener('click', connect);
$('size').value = remembered('oriel-size', 'fit');
$('size').addEventListener('change', () => { applySize(); rfb?.focus(); });
$('ctrl-alt-del').addEventListener('click', () => { rfb?.sendCtrlAltDel(); rfb?.focus(); });
for (const button of $('power').querySelectorAll('button')) {
  button.addEventListener('click', () => {
    $('power').open = false;
    const does = button.dataset.does;
    if (does !== 'machineReset' || confirm('Reset the machine at once? What it has not saved is lost.')) rfb?.[does]();
    rfb?.focus();
  });
}
$('clipboard-button').addEventListener('click', () => showClipboard($('clipboard').hidden));
$('clipboard-text').addEventListener('input', (e) => rfb?.clipboardPasteFrom(e.target.value));
$('full').hidden = !document.fullscreenEnabled;
$('full').addEventListener('click', () => {
  // With the Escape key for the machine, where the browser can; holding it leaves full screen.
  document.documentElement.requestFullscreen().then(() => navigator.keyboard?.lock?.()).catch(() => { /* not allowed */ });
  rfb?.focus();
});
connect();
