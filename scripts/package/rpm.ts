/** The text that makes a folder an RPM package: the recipe for rpmbuild. */
import type { Elf } from "./elf.ts";

/** What the build found out. */
export type SpecFacts = {
  readonly version: string;
  readonly date: string;
  readonly elf: Elf;
  /** Installed files, as paths from the root with a slash before them. */
  readonly files: readonly string[];
  readonly fast: boolean;
};

/** Of the packaging, counted for each version of okws. */
export const RELEASE = 1;

/** RPM's name of a processor. */
export const RPM_ARCHITECTURE = { amd64: "x86_64", arm64: "aarch64" } as const;

const HOMEPAGE = "https://github.com/oscnet/okws";

/** okws.spec. The files are taken as they lie: an executable that carries its program behind it must not be stripped. */
export function renderSpec({ version, date, elf, files, fast }: SpecFacts): string {
  return `%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
%global _binary_payload ${fast ? "w1.gzdio" : "w6.xzdio"}

Name: okws
Version: ${version}
Release: ${RELEASE}
Summary: OKX exchange data in Redis, fresh and unattended
License: MIT
URL: ${HOMEPAGE}
AutoReqProv: no
Requires: glibc >= ${elf.glibc}
Requires: libgcc_s.so.1()(64bit)
Requires(pre): (shadow-utils or shadow)
Recommends: (redis or valkey)

%description
okws connects to the WebSocket of the exchange OKX, keeps every row that it
receives in Redis, publishes it there, and takes its orders over Redis, so
that a program in any language gets exchange data with one Redis client.

This package has the executable, a confined systemd service that is started
on request, alone or as several shards, a manual page, and completions for
bash, zsh and fish.

%install
cp -a %{_sourcedir}/root/. %{buildroot}/

%files
${foldersOf(files).map(renderFolder).join("\n")}
${files.map(renderFile).join("\n")}

%pre
getent passwd okws >/dev/null ||
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /sbin/nologin okws
exit 0

%post
${LIVE}
    systemctl --system daemon-reload >/dev/null || :
fi
exit 0

%preun
if [ "$1" -eq 0 ]; then
    ${LIVE}
        systemctl stop okws.service 'okws@*.service' >/dev/null 2>&1 || :
        systemctl disable okws.service okws@.service >/dev/null 2>&1 || :
    fi
fi
exit 0

%postun
${LIVE}
    systemctl --system daemon-reload >/dev/null || :
    # What ran goes on with the new version. What did not is not started, nor enabled.
    if [ "$1" -ge 1 ]; then
        systemctl try-restart okws.service 'okws@*.service' >/dev/null 2>&1 || :
    fi
fi
# The user okws stays: files of its own may be left, and its number must not become somebody else's.
exit 0

%changelog
* ${changelogDate(date)} okws maintainers <okws@users.noreply.github.com> - ${version}-${RELEASE}
- okws ${version}; what changed is in the CHANGELOG.md beside the documentation
`;
}

/** Only on a machine that systemd runs is it notified. */
const LIVE = "if [ -d /run/systemd/system ]; then";

/** Folders that every system has, whatever is installed. */
const OF_THE_SYSTEM: ReadonlySet<string> = new Set([
  ...["/etc", "/usr", "/usr/bin", "/usr/lib", "/usr/lib/systemd", "/usr/lib/systemd/system", "/usr/share"],
  ...["/usr/share/doc", "/usr/share/licenses", "/usr/share/man", "/usr/share/man/man1"],
]);

/** Folders that the package has to name, or they would be left when it is removed. */
function foldersOf(files: readonly string[]): string[] {
  const folders = files.flatMap((file) => {
    const parts = file.split("/").slice(1, -1);
    return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
  });
  return [...new Set(folders)].filter((folder) => !OF_THE_SYSTEM.has(folder)).sort();
}

function renderFolder(path: string): string {
  return `%dir %attr(0755, root, root) ${path}`;
}

function renderFile(path: string): string {
  if (path === "/etc/okws/okws.yaml") return `%config(noreplace) %attr(0640, root, okws) ${path}`;
  if (path === "/usr/bin/okws") return `%attr(0755, root, root) ${path}`;
  if (path.startsWith("/usr/share/licenses/")) return `%license %attr(0644, root, root) ${path}`;
  if (/^\/usr\/share\/(doc|man)\//.test(path)) return `%doc %attr(0644, root, root) ${path}`;
  return `%attr(0644, root, root) ${path}`;
}

/** As `Sun Nov 22 2026`. */
function changelogDate(date: string): string {
  const [weekday = "", day, month, year] = new Date(date).toUTCString().split(" ");
  return `${weekday.replace(",", "")} ${month} ${day} ${year}`;
}
