/** The texts that make a folder a Debian package. */

/** What the build found out. */
export type Facts = {
  readonly version: string;
  readonly architecture: string;
  readonly glibc: string;
  readonly kilobytes: number;
};

/** Of the packaging, counted for each version of okws. */
export const REVISION = 1;

const MAINTAINER = "okws maintainers <okws@users.noreply.github.com>";
const HOMEPAGE = "https://github.com/oscnet/okws";

/** DEBIAN/control. */
export function renderControl({ version, architecture, glibc, kilobytes }: Facts): string {
  return `Package: okws
Version: ${version}-${REVISION}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kilobytes}
Depends: libc6 (>= ${glibc}), libgcc-s1 (>= 4.2), adduser
Recommends: redis-server | valkey-server
Section: net
Priority: optional
Homepage: ${HOMEPAGE}
Description: OKX exchange data in Redis, fresh and unattended
 okws connects to the WebSocket of the exchange OKX, keeps every row that it
 receives in Redis, publishes it there, and takes its orders over Redis, so
 that a program in any language gets exchange data with one Redis client.
 .
 This package has the executable, a confined systemd service that is started
 on request, alone or as several shards, a manual page, and completions for
 bash, zsh and fish.
`;
}

/** usr/share/doc/okws/copyright. */
export function renderCopyright(license: string): string {
  const [, holder = ""] = /^Copyright (.+)$/im.exec(license) ?? [];
  const body = license.split("\n").slice(1).map((line) => line.trim() === "" ? " ." : ` ${line}`);
  while (body.at(-1) === " .") body.pop();
  while (body[0] === " .") body.shift();
  return [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: okws",
    `Source: ${HOMEPAGE}`,
    "",
    "Files: *",
    `Copyright: ${holder.replace(/^\(c\) /i, "")}`,
    "License: Expat",
    ...body,
    "",
    "Comment: The executable contains the Deno runtime (MIT license) and V8 (BSD",
    " license), and the npm packages that deno.json of the sources lists.",
    "",
  ].join("\n");
}

/** The changelog of the packaging, in Debian's form; okws has its own beside it. `date` is as 2026-11-22. */
export function renderChangelog(version: string, date: string): string {
  const [, day, month, year, time] = /^(\w+, \d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(date).toUTCString()) ??
    [];
  return `okws (${version}-${REVISION}) unstable; urgency=medium

  * okws ${version}; what changed is in changelog.gz.

 -- ${MAINTAINER}  ${day} ${month} ${year} ${time} +0000
`;
}

/** usr/share/doc/okws/README.Debian. */
export function renderReadme(): string {
  return `okws for Debian
===============

Nothing runs until you say so. First say in /etc/okws/okws.yaml what you want
to have, then:

  okws check -c /etc/okws/okws.yaml
  systemctl enable --now okws
  journalctl -u okws -f

The service runs as the user okws, who may read /etc/okws/okws.yaml and write
nothing. Secrets go into /etc/okws/okws.env, as OKX_SECRET=…, and into the
configuration as \${OKX_SECRET}; systemd reads that file as root:

  install -m 0600 /dev/null /etc/okws/okws.env

A changed configuration is read by: systemctl reload okws

Where one process has too much to do, three share the work, all of them with
/etc/okws/okws.yaml and one Redis; the first takes commands, and has its pages
where /etc/okws/okws-1-3.env says OKWS_HTTP=127.0.0.1:8787 (others alike):

  systemctl disable --now okws
  systemctl enable --now okws@1-3 okws@2-3 okws@3-3
`;
}

/** Only in the real system, not in an image or a test, is systemd notified. */
const LIVE = 'if [ -z "\${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then';

/** Scripts and lists of DEBIAN/, by name. */
export const CONTROL_FILES: Readonly<Record<string, string>> = {
  conffiles: "/etc/okws/okws.yaml\n",
  postinst: `#!/bin/sh
set -e

config="\${DPKG_ROOT:-}/etc/okws/okws.yaml"

if [ "$1" = configure ]; then
    if [ -z "\${DPKG_ROOT:-}" ] && ! getent passwd okws >/dev/null; then
        adduser --system --group --quiet --no-create-home --home /nonexistent okws
    fi
    # A file that was given to another owner stays so: only a first installation changes it.
    if [ -z "\${DPKG_ROOT:-}" ] && [ -z "$2" ] && [ -e "$config" ] &&
        ! dpkg-statoverride --list "$config" >/dev/null; then
        chown root:okws "$config"
        chmod 0640 "$config"
    fi
fi

if [ "$1" = configure ] || [ "$1" = abort-upgrade ]; then
    ${LIVE}
        systemctl --system daemon-reload >/dev/null || true
        # What ran goes on with the new version. What did not is not started, nor enabled.
        running=
        if [ -n "$2" ]; then
            running=$(systemctl list-units --state=active --plain --no-legend \\
                okws.service 'okws@*.service' | cut -d ' ' -f 1)
        fi
        if [ -n "$running" ]; then
            deb-systemd-invoke restart $running || true
        fi
    fi
fi
`,
  prerm: `#!/bin/sh
set -e

if [ "$1" = remove ]; then
    ${LIVE}
        systemctl stop okws.service 'okws@*.service' >/dev/null 2>&1 || true
        systemctl disable okws.service okws@.service >/dev/null 2>&1 || true
    fi
fi
`,
  postrm: `#!/bin/sh
set -e

if [ "$1" = remove ] || [ "$1" = purge ]; then
    ${LIVE}
        systemctl --system daemon-reload >/dev/null || true
    fi
fi

# The user okws stays: files of its own may be left, and its number must not become somebody else's.
`,
};
