#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel run --web seen by a real browser: Chromium without a display opens the built-in page, noVNC's canvas must
have the server's own pixels, and what is clicked and typed in the page must arrive.

    browser.py PATTERN_SERVER

With ORIEL_TEST_KEEP=FOLDER a picture of each state of the page is left there.
"""
import base64
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from harness import SLOW, Tap, expect  # noqa: E402

DEADLINE = 20 * SLOW
WIDTH, HEIGHT = 640, 480


class Chromium:
    """Driven over the DevTools protocol by a pair of pipes: JSON with a NUL behind each message."""

    def __init__(self, program, folder):
        ours, theirs = os.pipe(), os.pipe()  # each: read, write
        words = [program, '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
                 '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions',
                 '--ignore-certificate-errors',
                 '--host-resolver-rules=MAP evil.example 127.0.0.1', '--remote-debugging-pipe', '--window-size=1000,700', '--user-data-dir=' + folder, 'about:blank']

        def pipes_to_3_and_4():
            high = [os.dup2(fd, fd + 100) for fd in (theirs[0], ours[1])]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=pipes_to_3_and_4,
                                      start_new_session=True)
        os.close(theirs[0])
        os.close(ours[1])
        self.write, self.read = theirs[1], ours[0]
        self.number, self.held, self.session, self.events = 0, b'', None, []
        # A browser that hangs must not hang the test.
        self.watch = threading.Timer(90 * SLOW, self.child.kill)
        self.watch.start()
        # A tab of our own: the browser's window has pages of its own as well.
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Network', 'Log'):
            self.call(domain + '.enable')
        self.call('Page.bringToFront')

    def message(self):
        while b'\0' not in self.held:
            more = os.read(self.read, 1 << 20)
            expect(more, 'Chromium has gone')
            self.held += more
        one, self.held = self.held.split(b'\0', 1)
        return json.loads(one)

    def call(self, method, **params):
        self.number += 1
        words = {'id': self.number, 'method': method, 'params': params}
        if self.session:
            words['sessionId'] = self.session
        os.write(self.write, json.dumps(words).encode() + b'\0')
        while True:
            answer = self.message()
            if answer.get('id') == self.number:
                expect('error' not in answer, f'{method}: {answer.get("error")}')
                return answer['result']
            self.events.append(answer)

    def value(self, expression):
        """Of JavaScript, which may be a promise."""
        r = self.call('Runtime.evaluate', expression=expression, awaitPromise=True, returnByValue=True)
        wrong = r.get('exceptionDetails', {}).get('exception', {}).get('description', '')
        expect('exceptionDetails' not in r, f'the page says {wrong.splitlines()[0] if wrong else r}')
        return r['result'].get('value')

    def until(self, condition, what=None):
        """Waits inside the page."""
        return self.value(f'''new Promise((done, fail) => {{
            const end = performance.now() + {DEADLINE * 1000};
            const look = () => {{ const v = {condition};
                if (v) done(v); else if (performance.now() > end) fail(new Error({json.dumps("never: " + (what or condition))}));
                else setTimeout(look, 20); }};
            look(); }})''')

    def open(self, url):
        self.events.clear()
        self.call('Page.navigate', url=url)
        self.until('document.readyState === "complete"')

    def complaints(self):
        """What the console of a page that is in order does not have, and requests that leave the site."""
        found = []
        for e in self.events:
            if e.get('method') == 'Runtime.exceptionThrown':
                found.append(e['params']['exceptionDetails'].get('text'))
            elif e.get('method') == 'Log.entryAdded' and e['params']['entry']['level'] == 'error':
                found.append(e['params']['entry']['text'])
        return found

    def urls(self):
        return [e['params']['request']['url'] for e in self.events if e.get('method') == 'Network.requestWillBeSent']

    def picture(self, name):
        if os.environ.get('ORIEL_TEST_KEEP', '').startswith('/'):
            data = self.call('Page.captureScreenshot', format='png')['data']
            with open(os.path.join(os.environ['ORIEL_TEST_KEEP'], name + '.png'), 'wb') as f:
                f.write(base64.b64decode(data))

    def mouse(self, kind, x, y, button='none', buttons=0, **more):
        self.call('Input.dispatchMouseEvent', type=kind, x=x, y=y, button=button, buttons=buttons, clickCount=1, **more)

    def key(self, kind, key, code, number, text=''):
        self.call('Input.dispatchKeyEvent', type=kind, key=key, code=code, windowsVirtualKeyCode=number, text=text)

    def end(self):
        self.watch.cancel()
        try:
            self.session = None
            self.call('Browser.close')
        except Exception:  # it may go before it answers
            pass
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        os.close(self.read)
        os.close(self.write)


class Pattern:
    """The server with the test picture; see rfb_pattern_server.c."""

    def __init__(self, program, folder, address='127.0.0.1:0', *security):
        self.child = subprocess.Popen([program, str(WIDTH), str(HEIGHT), address, 'web', *security], text=True, bufsize=1,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                      env=dict(os.environ, XDG_DATA_HOME=folder))
        self.watch = threading.Timer(90 * SLOW, self.child.kill)
        self.watch.start()
        self.url = self.hears('listening ').split()[1]
        self.address = self.url.removeprefix('http://').removesuffix('/')

    def hears(self, start):
        """Reads lines up to the one that begins so."""
        seen = []
        for line in self.child.stdout:
            if line.startswith(start):
                return line.rstrip('\n')
            seen.append(line)
        expect(False, f'the server never said {start!r}, but {"".join(seen)}')

    def tell(self, command):
        self.child.stdin.write(command + '\n')
        self.hears('ok')

    def hash(self):
        self.child.stdin.write('hash\n')
        return self.hears('hash ').split()[1]

    def end(self):
        self.watch.cancel()
        self.child.stdin.close()
        status = self.child.wait(DEADLINE)
        expect(status == 0, f'the server ended with status {status}')


# FNV-1a over the colours of the canvas, as the server's "hash" has it.
CANVAS_HASH = '''(() => {
    const c = document.querySelector('#screen canvas');
    if (!c || !c.width) return '';
    const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
    // 64 bits in two halves: BigInt would take a second a look.
    let lo = 0x84222325, hi = 0xcbf29ce4;
    for (let i = 0; i < d.length; i += 4) {
        lo = (lo ^ (d[i] << 16 | d[i + 1] << 8 | d[i + 2])) >>> 0;
        // times 0x100000001b3 = 2**40 + 0x1b3
        const a = (lo & 0xffff) * 0x1b3, b = (lo >>> 16) * 0x1b3 + (a >>> 16);
        hi = (Math.imul(hi, 0x1b3) + Math.floor(b / 65536) + (lo << 8)) >>> 0;
        lo = ((b & 0xffff) << 16 | a & 0xffff) >>> 0;
    }
    return hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0');
})()'''


def shows(browser, server):
    value = server.hash()
    browser.until(f'{CANVAS_HASH} === "{value}"', f'a canvas with the pixels {value}')


def the_page(browser, server):
    """It says what it is, has the server's pixels, and asks nobody but the server."""
    browser.open(server.url)
    browser.until('document.body.dataset.state === "connected"')
    expect(browser.value('document.title') == 'pattern – Oriel', f'the title is {browser.value("document.title")}')
    expect(browser.value('document.getElementById("state").textContent') == 'Connected', 'the state line')
    shows(browser, server)
    browser.picture('connected')
    urls = browser.urls()
    expect(len(urls) > 20, f'only {urls}')
    foreign = [u for u in urls if not u.startswith((server.url, 'data:'))]
    expect(not foreign, f'requests to elsewhere: {foreign}')
    expect(not browser.complaints(), f'the console says {browser.complaints()}')


def changes(browser, server):
    for command in ('paint 5', 'move 40', 'scroll 30', 'scroll 7'):
        server.tell(command)
        shows(browser, server)
    server.tell('resize 801 555')
    server.tell('name grown')
    shows(browser, server)
    browser.until('document.title === "grown – Oriel"')
    server.tell(f'resize {WIDTH} {HEIGHT}')
    shows(browser, server)
    print('# cell: sizes | the machine takes another | noVNC at our server | yes', flush=True)


# What noVNC 1.3 decodes; with JPEG the picture is exact when it has been sharpened. Not Raw: where a rectangle's bytes
# lie in its buffer at no multiple of four it writes opacity into colours. So not RRE either, which has Raw for what it
# cannot make smaller, and CopyRect has Tight with it.
ENCODINGS = (('CopyRect', 1, False), ('Hextile', 5, False), ('Tight', 7, False),
             ('Tight with JPEG', 7, True), ('TightPNG', -260, False))
LEVELS = (-32, -23)  # JPEG's


def encodings(browser, server):
    """A session of noVNC's core for each, which lists only that one; what is sent in it is counted."""
    browser.open(server.url)
    browser.until('document.body.dataset.state === "connected"')
    for name, number, lossy in ENCODINGS:
        browser.value(f"""(async () => {{
            const RFB = (await import('/novnc/core/rfb.js')).default;
            window.sent ??= RFB.messages.clientEncodings;
            // TightPNG stays, at the end: our server knows noVNC by it.
            const takes = (e) => e < 0 && (e < {LEVELS[0]} || e > {LEVELS[1]} || {json.dumps(lossy)});
            RFB.messages.clientEncodings = (sock, list) => window.sent(sock,
                [{number}, {7 if number == 1 else number}, ...list.filter(takes)]);
            window.one?.disconnect();
            const screen = document.getElementById('screen');
            screen.replaceChildren();
            window.decoded = 0;
            window.one = new RFB(screen, location.href.replace('http', 'ws') + 'websockify', {{ wsProtocols: ['binary'] }});
            const d = window.one._decoders[{number}], decode = d.decodeRect.bind(d);
            d.decodeRect = (...words) => {{ const done = decode(...words); window.decoded += done; return done; }};
        }})()""")
        for command in ('paint 3', 'paint 8', 'move 40', 'scroll 30', 'paint 5'):
            server.tell(command)
            shows(browser, server)
        expect(browser.value('window.decoded') > 0, f'no rectangle came as {name}')
        expect(not browser.complaints(), f'{name}: the console says {browser.complaints()}')
        print(f'# cell: server | {name} | noVNC | {"near, then equal" if lossy else "equal"}', flush=True)
    browser.open(server.url)
    browser.until('document.body.dataset.state === "connected"')


def input_arrives(browser, server):
    x, y, scale = browser.value('''(() => { const r = document.querySelector('#screen canvas').getBoundingClientRect();
        return [r.left, r.top, r.width / 640]; })()''')
    px, py = x + 100 * scale, y + 120 * scale
    browser.mouse('mouseMoved', px, py)
    browser.mouse('mousePressed', px, py, 'left', 1)
    browser.mouse('mouseReleased', px, py, 'left', 0)
    line = server.hears('pointer ')
    while line.split()[3] != '1':
        line = server.hears('pointer ')
    _, sx, sy, _ = line.split()
    expect(abs(int(sx) - 100) <= 1 and abs(int(sy) - 120) <= 1, f'the click came as {line}')
    server.hears(f'pointer {sx} {sy} 0')
    browser.key('keyDown', 'a', 'KeyA', 65, 'a')
    browser.key('keyUp', 'a', 'KeyA', 65)
    server.hears('key 30 1')
    server.hears('key 30 0')
    browser.mouse('mouseWheel', px, py, deltaX=0, deltaY=120)
    server.hears('wheel 0 ')
    browser.value('document.getElementById("ctrl-alt-del").click()')
    for code in (29, 56, 111):
        server.hears(f'key {code} 1')


def clipboard(browser, server):
    """What is copied in the machine is in the page, and what is written there is the machine's."""
    browser.value('document.getElementById("clipboard-button").click()')
    server.tell('copy Grüße from the machine')
    browser.until('document.getElementById("clipboard-text").value === "Grüße from the machine"')
    browser.picture('clipboard')
    browser.value("""(() => { const t = document.getElementById('clipboard-text'); t.value = 'hello – 你好';
        t.dispatchEvent(new Event('input')); })()""")
    server.hears('clipboard hello – 你好')
    browser.value('document.getElementById("clipboard-button").click()')
    browser.until('document.getElementById("clipboard").hidden')


def power(browser, server):
    browser.until('!document.getElementById("power").hidden')
    browser.value('document.getElementById("power").open = true')
    browser.picture('power')
    for does, says in (('machineShutdown', 'shutdown'), ('machineReboot', 'reboot')):
        browser.value(f'document.querySelector("[data-does={does}]").click()')
        server.hears(f'power {says}')


def sizes(browser, server):
    """Pixel by pixel is just that; a machine that is resized gets the window's size."""
    browser.value('''(() => { const s = document.getElementById('size'); s.value = 'actual';
        s.dispatchEvent(new Event('change')); })()''')
    browser.until(f'document.querySelector("#screen canvas").getBoundingClientRect().width === {WIDTH}')
    browser.picture('actual')
    browser.value('''(() => { const s = document.getElementById('size'); s.value = 'remote';
        s.dispatchEvent(new Event('change')); })()''')
    _, w, h = server.hears('size ').split()
    seen = browser.value('[document.getElementById("screen").clientWidth, document.getElementById("screen").clientHeight]')
    expect([int(w), int(h)] == seen, f'the machine was asked for {w}x{h}, the window has {seen}')
    shows(browser, server)
    browser.picture('remote')
    print('# cell: sizes | the viewer asks for another | noVNC at our server | yes', flush=True)
    browser.value('''(() => { const s = document.getElementById('size'); s.value = 'fit';
        s.dispatchEvent(new Event('change')); })()''')


def with_tls(browser, server):
    """The same port, encrypted."""
    browser.open(server.url.replace('http://', 'https://'))
    browser.until('document.body.dataset.state === "connected"')
    expect(browser.value('location.protocol') == 'https:', 'not HTTPS')
    shows(browser, server)
    sockets = [e['params']['url'] for e in browser.events if e.get('method') == 'Network.webSocketCreated']
    expect(sockets and sockets[-1].startswith('wss://'), f'the WebSockets are {sockets}')
    expect(not browser.complaints(), f'the console says {browser.complaints()}')


class Stranger(http.server.BaseHTTPRequestHandler):
    """A page of somebody else."""

    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.end_headers()
        self.wfile.write(b'<!doctype html>a page')

    def log_message(self, *_):
        pass


def strangers(browser, server):
    """A name that was pointed here finds nothing, and pages from elsewhere get no WebSocket."""
    port = server.address.rsplit(':', 1)[1]
    browser.open(f'http://evil.example:{port}/')
    text = browser.value('document.body.textContent')
    expect('this is not the site' in text, f'under a name of somebody else there is {text!r}')
    with http.server.HTTPServer(('127.0.0.1', 0), Stranger) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        for page in ('about:blank', f'http://127.0.0.1:{other.server_address[1]}/',
                     f'http://evil.example:{other.server_address[1]}/'):
            browser.open(page)
            for host in ('127.0.0.1', 'evil.example'):
                verdict = browser.value(f"""new Promise((done) => {{
                    const socket = new WebSocket('ws://{host}:{port}/websockify', ['binary']);
                    socket.onopen = () => done('open'); socket.onerror = () => done('refused'); }})""")
                expect(verdict == 'refused', f'{page} has a WebSocket to {host}: {verdict}')
        other.shutdown()


def passwords(browser, program, folder):
    """The page asks for it, tells when it is wrong, and lets in who knows it; a long one needs a name too."""
    for types, password, picture in (('VncAuth', 'secret', 'password'), ('X509Plain', 'a longer secret', 'user')):
        with open(os.path.join(folder, 'password'), 'w', opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(password + '\n')
        server = Pattern(program, folder, '127.0.0.1:0', types, os.path.join(folder, 'password'))
        try:
            browser.open(server.url)
            for word, state in (('wrong', 'lost'), (password, 'connected')):
                browser.until('!document.getElementById("password-form").hidden')
                browser.picture(picture)
                browser.value(f"""(() => {{ document.getElementById('user').value = 'kim';
                    document.getElementById('password').value = {json.dumps(word)};
                    document.querySelector('#password-form button').click(); }})()""")
                browser.until(f'document.body.dataset.state === "{state}"')
                if state == 'lost':
                    browser.picture(picture + '-wrong')
                    expect(browser.value('document.getElementById("lost-title").textContent') == 'Not let in',
                           'it does not say that the password was wrong')
                    browser.value('document.getElementById("again").click()')
            shows(browser, server)
            print(f'# cell: security | {types} | noVNC at our server | {"yes" if types == "VncAuth" else "as Plain in HTTPS"}', flush=True)
        finally:
            server.end()


def the_machine_goes_and_comes(browser, server, program, folder):
    """A machine that has gone is said to have gone, and found again when it is back."""
    address = server.address
    server.end()
    browser.until('document.body.dataset.state === "lost" && !document.getElementById("lost").hidden')
    browser.picture('lost')
    again = Pattern(program, folder, address)
    try:
        browser.value('document.getElementById("again").click()')
        browser.until('document.body.dataset.state === "connected"')
        shows(browser, again)
    finally:
        again.end()


def main():
    chromium = shutil.which('chromium')
    if not chromium:
        print('1..0 # SKIP chromium is not installed')
        return
    program, tap, folder = sys.argv[1], Tap(), tempfile.mkdtemp(prefix='oriel-browser-')
    server, browser = Pattern(program, folder), None
    try:
        browser = Chromium(chromium, folder)
        tap.test('the page shows the machine', the_page, browser, server)
        tap.test('changes are shown', changes, browser, server)
        tap.test('each encoding', encodings, browser, server)
        tap.test('a click and keys arrive', input_arrives, browser, server)
        tap.test('the clipboard', clipboard, browser, server)
        tap.test('power', power, browser, server)
        tap.test('sizes', sizes, browser, server)
        tap.test('strangers', strangers, browser, server)
        tap.test('the same with TLS', with_tls, browser, server)
        tap.test('a machine that goes and comes', the_machine_goes_and_comes, browser, server, program, folder)
        tap.test('passwords', passwords, browser, program, folder)
    finally:
        if browser:
            browser.end()
        if server.child.poll() is None:
            server.end()
        shutil.rmtree(folder, ignore_errors=True)
    tap.finish()


main()
