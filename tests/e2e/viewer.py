#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The viewer's window and a real guest: its screen while it boots, its windows when the agent speaks, and both by the
person's key, with the windows where they were."""
import shutil

from harness import Environment, Tap, expect

SWITCH_KEY = 'ctrl+alt+shift+s'


def boots_in_it(env, display):
    env.viewer(display, plain=False)
    whole = display.until('title=one', 'mapped', seconds=30)
    env.up()
    window = display.until('class=XTerm', 'mapped', seconds=40)
    display.until(f'id={whole.id}', 'gone')
    return window


def there_and_back(env, display):
    display.until('class=XTerm', 'mapped')
    display.quiet()
    before = display.window('')
    display.do('xdotool', 'mousemove', str(before.x + 50), str(before.y + 50), 'click', '1')
    for _ in range(3):
        display.do('xdotool', 'key', SWITCH_KEY)
        display.until('title=one', 'mapped', 'focus')
        display.until('class=XTerm', 'gone')
        display.do('xdotool', 'key', SWITCH_KEY)
        display.until('class=XTerm', 'mapped', 'focus')
        display.until('title=one', 'gone')
    display.quiet()
    after = display.window('')
    expect((before.place, before.hash) == (after.place, after.hash), f'{before} became {after}')


def typed_in_it(env, display):
    """What is typed into the window comes to the guest's terminal, which has the focus there."""
    display.do('xdotool', 'key', SWITCH_KEY)
    display.until('title=one', 'mapped', 'focus')
    env.guest.quiet()  # its windows get their frames back
    env.guest.until('class=XTerm', 'focus')
    display.do('xdotool', 'type', '--delay', '40', 'echo there >/tmp/typed')
    display.do('xdotool', 'key', 'Return')
    env.guest.do('n=0; until grep -q there /tmp/typed 2>/dev/null; do /bin/busybox usleep 50000; n=$((n+1)); '
                 '[ $n -lt 200 ] || exit 1; done')


def main():
    missing = [p for p in ('Xvfb', 'openbox', 'xdotool', 'qemu-system-x86_64') if not shutil.which(p)]
    if missing:
        print(f'1..0 # SKIP {missing[0]} is not installed')
        return
    tap = Tap()
    env = Environment('one')
    try:
        env.start()
        display = env.display('openbox')
        for test in (boots_in_it, there_and_back, typed_in_it):
            tap.test(test.__name__.replace('_', ' '), test, env, display)
    finally:
        env.end()
    tap.finish()


main()
